import type { Control } from './control.ts'
import * as openings from './weakened-openings.ts'
import * as quarantine from './weakened-quarantine.ts'
import * as statements from './weakened-statements.ts'

/** The controls of full statements, and of what operators do. */
export const OPERATOR_CONTROLS: readonly Control[] = [
  {
    rule: 'S2',
    without: 'a source is heard although its full statement waits to be confirmed',
    guards: { recorder: statements.heldIsHeard },
    mix: 'statements',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S9',
    without: 'a full statement takes away whatever it leaves out',
    guards: { registry: statements.noSweepGuard },
    mix: 'statements',
    breaks: ['S6', 'S9', 'S11'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'what a full statement does not name stays',
    guards: { recorder: statements.nothingSwept },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'the cursor of a walk is stored without what its step takes away',
    guards: { recorder: statements.cursorAlone },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'a source is heard before the walk after its full statement is over',
    guards: { recorder: statements.heardMeanwhile },
    mix: 'statements',
    breaks: ['S1', 'S17'],
    seeds: 60,
  },
  {
    rule: 'S2',
    without: 'an opening goes on after its end',
    guards: { publisher: openings.openForLonger },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S2',
    without: 'what is open on one route is open on all',
    guards: { publisher: openings.openEverywhere },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S2',
    without: 'an opening is not closed before its end',
    guards: { recorder: openings.noClosing },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 40,
  },
  {
    rule: 'guards',
    without: 'an order need not be confirmed, whatever it touches',
    guards: { registry: openings.noCutOffGuard },
    mix: 'operators',
    breaks: ['guards', 'S9'],
    seeds: 12,
  },
  {
    rule: 'S16',
    without: 'a replayed record counts from every sender',
    guards: { replays: quarantine.replayedIsProven },
    mix: 'quarantine',
    breaks: ['S6', 'S9', 'S16'],
    seeds: 12,
  },
  {
    rule: '20',
    without: 'what is dropped is in doubt no more',
    guards: { quarantine: quarantine.droppedIsSettled },
    mix: 'quarantine',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 160,
  },
]
