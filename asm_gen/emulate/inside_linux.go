package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// This file is the first process of the emulated machine.

// inside runs all tests and does not return.
func inside() {
	check(syscall.Mount("proc", "/proc", "proc", 0, ""))
	check(syscall.Mount("dev", "/dev", "devtmpfs", 0, ""))
	run, err := os.ReadFile("/tests/run")
	check(err)
	fmt.Println(processor())
	said := allPassed
	binaries, err := filepath.Glob("/tests/*/binary")
	check(err)
	for _, binary := range binaries {
		tests := exec.Command(binary, "-test.v", "-test.timeout=0", "-test.run="+string(run))
		tests.Dir, tests.Stdout, tests.Stderr = filepath.Dir(binary), os.Stdout, os.Stderr
		fmt.Println("emulate:", binary)
		if err := tests.Run(); err != nil {
			fmt.Println(err)
			said = someFailed
		}
	}
	fmt.Println(said)
	time.Sleep(2 * time.Second) // for the serial port, which is slow
	check(syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF))
	select {}
}

// processor says which one it was and which of its features matter.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	check(err)
	var name, features string
	for line := range strings.Lines(string(info)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch strings.TrimSpace(key) {
		case "model name":
			name = value
		case "flags":
			for _, flag := range strings.Fields(value) {
				if strings.HasPrefix(flag, "avx") || strings.HasPrefix(flag, "bmi") {
					features += " " + flag
				}
			}
		}
	}
	return "emulate: on" + name + ":" + features
}
