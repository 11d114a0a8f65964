package compare

// That a run's servers can be given one amount of work.

import "testing"

func TestStepsAreTheSameForAll(t *testing.T) {
	for given, want := range map[string]int{"1234567": 1234567, "0": 0, "-5": 0, "many": 0} {
		t.Setenv(StepsVariable, given)
		calibrate()
		got := StepsPerMilli()
		if want > 0 && got != want {
			t.Errorf("given %s, %d steps are a millisecond", given, got)
		}
		if got <= 0 {
			t.Errorf("given %q, it found %d itself", given, got)
		}
	}
}
