//go:build amd64 && !purego

package cpufeat

import "github.com/klauspost/cpuid/v2"

// This file asks the processor. cpuid reports AVX2 only if the operating system saves the registers, too.

func detect() Level {
	switch cpu := &cpuid.CPU; {
	case cpu.Supports(cpuid.AVX2, cpuid.BMI1, cpuid.POPCNT, cpuid.CLMUL):
		return AVX2
	case cpu.Supports(cpuid.SSSE3, cpuid.POPCNT):
		return SSSE3
	}
	return Go
}
