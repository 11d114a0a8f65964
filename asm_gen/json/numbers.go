package main

// This file writes what Structure does about numbers, in blocks that have some and in those behind them. A number of digits, with a
// minus before and one point between, is checked on masks, and whatever else lies outside of strings is told to the caller: words,
// exponents, and all that is none of these.
//
//	text       [-0.25,true,1e5]       heads, the first bytes but for a minus    ..1...,1...,1..
//	digits      ..1.11                points                                    ...1
//	odd                1        1     and of a run of odd bytes, the first

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// numbers checks scalars, of which firsts are the first bytes.
func (k *structure) numbers(scalars, firsts reg.GPVirtual) {
	points, digits := k.equalTo('.'), gathered(k.ask(between('0', '9')))
	build.ANDQ(scalars, points)
	build.ANDQ(scalars, digits)
	others := copied(scalars) // than points
	build.XORQ(points, others)

	// behind a point there is something, and no second one
	faults := k.movedUp(points, pointField)
	build.ANDNQ(faults, scalars, faults)
	fault := func(set, other reg.GPVirtual) {
		build.ANDQ(other, set)
		build.ORQ(set, faults)
	}
	fault(k.plus(copied(scalars), points, pointedField), points)

	// there is something behind a minus, and no number begins with a point
	odd := k.equalTo('-')
	build.ANDQ(firsts, odd)
	heads := k.plus(copied(firsts), odd, minusField)
	headless := build.GP64()
	build.ANDNQ(heads, others, headless)
	build.ORQ(headless, faults)

	build.XORQ(others, odd)
	build.XORQ(digits, odd)

	// behind a zero at the beginning there is no digit
	zeros := k.equalTo('0')
	build.ANDQ(zeros, heads)
	fault(k.movedUp(heads, zeroField), digits)
	build.ORQ(faults, k.field(faultsField))

	before := k.movedUp(odd, oddField)
	build.ANDNQ(odd, before, odd)
	build.MOVQ(odd, k.out(oddsField))
}
