//go:build amd64 && !purego

package cpufeat

import "github.com/klauspost/cpuid/v2"

// This file asks the processor. cpuid reports AVX2 and AVX-512 only if the operating system saves their registers,
// too.

func detect() Level {
	switch cpu := &cpuid.CPU; {
	case !cpu.Supports(cpuid.SSSE3, cpuid.POPCNT):
		return Go
	case !cpu.Supports(cpuid.AVX2, cpuid.BMI1, cpuid.CLMUL):
		return SSSE3
	case !cpu.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512VBMI2, cpuid.BMI2):
		return AVX2
	}
	return AVX512
}
