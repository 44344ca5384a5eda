import type { Control } from './control.ts'
import * as grants from './weakened-grants.ts'
import * as quarantine from './weakened-quarantine.ts'
import * as statements from './weakened-statements.ts'

/** The controls of snapshots, and of operators' actions. */
export const OPERATOR_CONTROLS: readonly Control[] = [
  {
    rule: 'S2',
    without: 'heartbeats count while a snapshot waits for confirmation',
    guards: { recorder: statements.heldCounts },
    mix: 'statements',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S9',
    without: 'a snapshot removes all that it omits without a confirmation',
    guards: { registry: statements.noRemovalGuard },
    mix: 'statements',
    breaks: ['S6', 'S9', 'S11'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'claims that a snapshot omits remain',
    guards: { recorder: statements.nothingRemoved },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'the cursor of a walk is stored without the removals of its step',
    guards: { recorder: statements.cursorAlone },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'heartbeats count before the walk after a snapshot ends',
    guards: { recorder: statements.countsDuringWalk },
    mix: 'statements',
    breaks: ['S1', 'S17'],
    seeds: 400,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant continues after its end',
    guards: { publisher: grants.openForLonger },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant for one route opens all routes',
    guards: { publisher: grants.openEverywhere },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant cannot be closed before its end',
    guards: { recorder: grants.noClosing },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 40,
  },
  {
    rule: 'guards',
    without: 'no order needs a confirmation',
    guards: { registry: grants.noCutOffGuard },
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
    without: 'dropping a record ends its doubt',
    guards: { quarantine: quarantine.droppedIsSettled },
    mix: 'quarantine',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 160,
  },
]
