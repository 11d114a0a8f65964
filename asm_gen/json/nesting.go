package main

// This file writes the kernel behind Nesting: 64 bytes become masks of brackets and of one separator, and what lies in strings
// is taken out of them. jsonfast/asm/nesting.go says the same byte by byte. Who looks for a value in a text that he trusts
// needs no more than that; Structure, which asks what may follow what, takes several times as long.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	foldBit = 0x20 // the difference between { and [, and between } and ]
	// the words of NestingState, by their offset
	insideAt, escapedAt, slashesAt = 0, 8, 16
	wordsPerBlock                  = 3
)

// nesting is what the steps of the kernel share.
type nesting struct {
	buf, to, left, state          reg.GPVirtual // where the next block is, where its masks go, how many are left
	inside, escaped, seen         reg.GPVirtual // the state
	quotes, slashes, separators   reg.GPVirtual // masks of this block
	opens, closes, scratch        reg.GPVirtual
	quote, slash, separator, fold reg.VecVirtual
	open, closing, ones           reg.VecVirtual
}

func writeNesting() {
	build.TEXT("nestingAVX2", build.NOSPLIT, "func(buf *byte, blocks int, separator byte, state *[3]uint64, out *[12]uint64)")
	build.Doc("nestingAVX2 is nestingGo on a processor with AVX2, BMI1 and PCLMULQDQ. There must be a block at least.")
	build.Pragma("noescape")
	k := newNesting()
	k.blocks()
	k.escapes()
}

func newNesting() *nesting {
	k := &nesting{}
	k.buf = build.Load(build.Param("buf"), build.GP64()).(reg.GPVirtual)
	k.left = build.Load(build.Param("blocks"), build.GP64()).(reg.GPVirtual)
	k.state = build.Load(build.Param("state"), build.GP64()).(reg.GPVirtual)
	k.to = build.Load(build.Param("out"), build.GP64()).(reg.GPVirtual)
	for _, r := range []*reg.GPVirtual{&k.inside, &k.escaped, &k.seen, &k.quotes, &k.slashes, &k.separators, &k.opens, &k.closes, &k.scratch} {
		*r = build.GP64()
	}
	build.MOVQ(k.field(insideAt), k.inside)
	build.MOVQ(k.field(escapedAt), k.escaped)
	build.MOVQ(k.field(slashesAt), k.seen)
	k.separator = build.YMM()
	build.VPBROADCASTB(operand.NewParamAddr("separator", 16), k.separator)
	k.quote, k.slash = load(repeated('"')), load(repeated('\\'))
	k.ones = build.XMM()
	build.VPCMPEQB(k.ones, k.ones, k.ones)
	k.fold, k.open, k.closing = load(repeated(foldBit)), load(repeated('{')), load(repeated('}'))
	return k
}

func (k *nesting) field(offset int) operand.Mem { return operand.Mem{Base: k.state, Disp: offset} }

// blocks is the way through the bytes. Escapes are rare, and leave it.
func (k *nesting) blocks() {
	build.Label("next")
	k.masks()
	build.MOVQ(k.slashes, k.scratch)
	build.ORQ(k.escaped, k.scratch)
	build.JNZ(operand.LabelRef("escapes"))

	build.Label("strings")
	parity := build.XMM() // each bit becomes that of those up to it
	build.VMOVQ(k.quotes, parity)
	build.VPCLMULQDQ(operand.U8(0), k.ones, parity, parity)
	build.VMOVQ(parity, k.quotes)
	build.XORQ(k.inside, k.quotes)
	build.MOVQ(k.quotes, k.inside)
	build.SARQ(operand.U8(blockBytes-1), k.inside)
	for i, mask := range []reg.GPVirtual{k.separators, k.opens, k.closes} {
		build.ANDNQ(mask, k.quotes, mask)
		build.MOVQ(mask, operand.Mem{Base: k.to, Disp: 8 * i})
	}
	build.ADDQ(operand.U8(blockBytes), k.buf)
	build.ADDQ(operand.U8(8*wordsPerBlock), k.to)
	build.DECQ(k.left)
	build.JNZ(operand.LabelRef("next"))

	build.MOVQ(k.inside, k.field(insideAt))
	build.MOVQ(k.escaped, k.field(escapedAt))
	build.MOVQ(k.seen, k.field(slashesAt))
	build.VZEROUPPER()
	build.RET()
}

// masks makes the masks of a block.
func (k *nesting) masks() {
	const width = 32
	high := build.GP64()
	for i := range blockBytes / width {
		v, folded, hit := build.YMM(), build.YMM(), build.YMM()
		build.VMOVDQU(operand.Mem{Base: k.buf, Disp: i * width}, v)
		build.VPOR(k.fold, v, folded)
		for _, class := range []struct {
			of, bytes reg.VecVirtual
			mask      reg.GPVirtual
		}{{v, k.quote, k.quotes}, {v, k.slash, k.slashes}, {v, k.separator, k.separators}, {folded, k.open, k.opens}, {folded, k.closing, k.closes}} {
			build.VPCMPEQB(class.bytes, class.of, hit)
			if i == 0 {
				build.VPMOVMSKB(hit, class.mask.As32())
				continue
			}
			build.VPMOVMSKB(hit, high.As32())
			build.SHLQ(operand.U8(i*width), high)
			build.ORQ(high, class.mask)
		}
	}
}

// escapes takes the quotes away that are escaped. Of a run of backslashes every other one escapes what follows: adding the
// runs that start at an odd place to themselves carries behind their ends, which tells where the parity is the other one.
func (k *nesting) escapes() {
	follows, even, odd := k.scratch, build.GP64(), build.GP64()
	build.Label("escapes")
	build.ORQ(k.slashes, k.seen)
	build.MOVQ(operand.U64(evenBits), even)
	build.ANDNQ(k.slashes, k.escaped, k.slashes)
	build.LEAQ(operand.Mem{Base: k.escaped, Index: k.slashes, Scale: 2}, follows)
	build.MOVQ(even, odd)
	build.ORQ(follows, odd)
	build.ANDNQ(k.slashes, odd, odd)
	build.XORL(k.escaped.As32(), k.escaped.As32())
	build.ADDQ(k.slashes, odd)
	build.ADCQ(operand.U8(0), k.escaped)
	build.ADDQ(odd, odd)
	build.XORQ(even, odd)
	build.ANDQ(follows, odd)
	build.ANDNQ(k.quotes, odd, k.quotes)
	build.JMP(operand.LabelRef("strings"))
}
