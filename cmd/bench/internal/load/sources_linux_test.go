package load

// All of 127.0.0.0/8 is this machine on Linux.

const loopbackSources = 4
