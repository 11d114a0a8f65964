// Command emulate runs tests of ours in an emulated machine, for instructions that the machine at hand does not have:
//
//	go run ./emulate -kernel vmlinuz ../parser/asm ../parser
//
// The machine is bochs, which interprets every instruction by what the manual says of it. It boots a Linux kernel, with a
// memory disk that holds the compiled tests, their testdata and one more program, this one, as the first process. That
// one runs the tests, says on the serial port what they say, and turns the machine off.
//
// It needs Debian's packages bochs, bochs-term, bochsbios, isolinux, syslinux-common, xorriso and cpio, and a kernel with a
// driver for the serial port built in, as in linux-image-cloud-amd64. An emulated second has 50 million instructions and
// takes about as long as a real one: what takes one second at home takes minutes there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Where Debian puts what a machine starts from.
const (
	bios    = "/usr/share/bochs/BIOS-bochs-latest"
	vgaBIOS = "/usr/share/bochs/VGABIOS-lgpl-latest"
	loader  = "/usr/lib/ISOLINUX/isolinux.bin"
	linker  = "/usr/lib/syslinux/modules/bios/ldlinux.c32"
)

const machine = `display_library: term
cpu: model=%s, count=1, ips=50000000
memory: guest=512, host=512
romimage: file=` + bios + `
vgaromimage: file=` + vgaBIOS + `
ata0-master: type=cdrom, path=disk.iso, status=inserted
boot: cdrom
clock: sync=none
log: bochs.log
panic: action=fatal
error: action=report
com1: enabled=1, mode=file, dev=serial.txt
`

// The kernel does without what it uses of these features: with all of them, the Ice Lake of bochs 2.7 runs into a fault that
// does not end.
const menu = `default tests
prompt 0
label tests
kernel /vmlinuz
append initrd=/initrd console=ttyS0 mitigations=off panic=-1 idle=halt nopcid ` +
	`clearcpuid=xsaves,xsavec,pku,fsrm,erms,rdpid,umip,invpcid,pcid,smap,avx512_vpopcntdq,sha_ni,vaes
`

const (
	allPassed  = "emulate: all passed"
	someFailed = "emulate: some failed"
)

func main() {
	if os.Getpid() == 1 {
		inside()
	}
	kernel := flag.String("kernel", "", "the Linux kernel to boot")
	cpu := flag.String("cpu", "corei7_icelake_u", "the processor, as bochs -help cpu lists them")
	run := flag.String("run", ".", "which tests")
	dir := flag.String("dir", "", "the folder to work in; if none is given, a new one that is removed")
	limit := flag.Duration("timeout", 2*time.Hour, "when to give up")
	flag.Parse()
	if *dir == "" {
		made, err := os.MkdirTemp("", "emulate")
		check(err)
		defer os.RemoveAll(made)
		*dir = made
	}
	disk(*dir, *kernel, *run, flag.Args())
	if !boot(*dir, *cpu, *limit) {
		fmt.Println("FAIL: not all tests passed")
		os.Exit(1)
	}
}

// disk writes disk.iso, with all that the machine needs.
func disk(dir, kernel, run string, packages []string) {
	root := filepath.Join(dir, "root")
	for _, folder := range []string{"root/dev", "root/proc", "root/tmp", "root/tests", "iso"} {
		check(os.MkdirAll(filepath.Join(dir, folder), 0o755))
	}
	for i, p := range packages {
		tests := filepath.Join(root, "tests", fmt.Sprint(i, "-", filepath.Base(p)))
		build(p, "test", "-c", "-o", filepath.Join(tests, "binary"), ".")
		if data := filepath.Join(p, "testdata"); exists(data) {
			check(os.CopyFS(filepath.Join(tests, "testdata"), os.DirFS(data)))
		}
	}
	check(os.WriteFile(filepath.Join(root, "tests/run"), []byte(run), 0o644))
	build(".", "build", "-o", filepath.Join(root, "init"), "./emulate")
	for from, to := range map[string]string{kernel: "vmlinuz", loader: "isolinux.bin", linker: "ldlinux.c32"} {
		content, err := os.ReadFile(from)
		check(err)
		check(os.WriteFile(filepath.Join(dir, "iso", to), content, 0o644))
	}
	check(os.WriteFile(filepath.Join(dir, "iso/isolinux.cfg"), []byte(menu), 0o644))
	command(root, "sh", "-c", "find . | cpio -o -H newc --quiet >../iso/initrd")
	command(dir, "xorriso", "-as", "mkisofs", "-quiet", "-o", "disk.iso", "-b", "isolinux.bin", "-c", "boot.cat",
		"-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "iso")
}

// boot runs the machine until it turns itself off, and returns whether all tests passed. bochs shows what the serial port
// says when some kilobytes of it have come, and at the end.
func boot(dir, cpu string, limit time.Duration) bool {
	check(os.WriteFile(filepath.Join(dir, "bochsrc"), []byte(fmt.Sprintf(machine, cpu)), 0o644))
	check(os.WriteFile(filepath.Join(dir, "start"), []byte("continue\n"), 0o644)) // Debian's bochs has the debugger built in
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	bochs := exec.CommandContext(ctx, "bochs", "-q", "-f", "bochsrc", "-rc", "start")
	bochs.Dir, bochs.Env = dir, append(os.Environ(), "TERM=xterm")
	check(bochs.Start())
	go drainScreen(bochs.Process.Pid)
	bochs.Wait() // its exit code says nothing about ours
	said, err := os.ReadFile(filepath.Join(dir, "serial.txt"))
	check(err)
	fmt.Println(string(said))
	return strings.Contains(string(said), allPassed)
}

// drainScreen reads what bochs draws on the terminal that it makes for itself; it stands still when nobody does.
func drainScreen(pid int) {
	for ; ; time.Sleep(time.Second) {
		descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
		check(err)
		for _, d := range descriptors {
			info, _ := os.ReadFile(d)
			if _, index, ok := strings.Cut(string(info), "tty-index:\t"); ok {
				index, _, _ = strings.Cut(index, "\n")
				exec.Command("sh", "-c", `stty raw -F "$0"; cat "$0" >/dev/null`, "/dev/pts/"+index).Run()
				return
			}
		}
	}
}

func build(dir string, arguments ...string) {
	for i, a := range arguments {
		if a == "-o" {
			path, err := filepath.Abs(arguments[i+1])
			check(err)
			arguments[i+1] = path
		}
	}
	command(dir, "env", append([]string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "go"}, arguments...)...)
}

func command(dir, name string, arguments ...string) {
	c := exec.Command(name, arguments...)
	c.Dir, c.Stdout, c.Stderr = dir, os.Stdout, os.Stderr
	check(c.Run())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
