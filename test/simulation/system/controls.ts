import type { Guards } from './guards.ts'
import * as missing from './missing-guards.ts'
import * as incarnation from './weakened-incarnation.ts'
import * as judging from './weakened-judging.ts'
import * as recorder from './weakened-recorder.ts'
import * as tenants from './weakened-tenants.ts'

/** A guard that is taken away, and where and how soon that must be seen. */
export interface Control {
  /** Of ARCHITECTURE.md: a rule by its number, or an invariant. */
  readonly rule: string
  readonly without: string
  readonly guards: Guards
  readonly mix: string
  /** The invariants one of which falls first. */
  readonly breaks: readonly string[]
  /** Seeds from 1 on within which that happens. */
  readonly seeds: number
}

/** The controls of the simulation, by rule. */
export const CONTROLS: readonly Control[] = [
  {
    rule: '4',
    without: 'claims are read before the label',
    guards: { mints: missing.claimsBeforeLabel },
    mix: 'network',
    breaks: ['S1', 'S7'],
    seeds: 10,
  },
  {
    rule: '5',
    without: 'nobody looks whether a token was born stale',
    guards: { mints: missing.noLook },
    mix: 'network',
    breaks: ['S7', 'S9'],
    seeds: 5,
  },
  {
    rule: '6',
    without: 'withdrawn values are minted',
    guards: { mints: missing.noTombstones },
    mix: 'calm',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 5,
  },
  {
    rule: 'S8',
    without: 'a token leaves while its row is on its way',
    guards: { mints: missing.recordLater },
    mix: 'network',
    breaks: ['S7', 'S8', 'S9'],
    seeds: 80,
  },
  {
    rule: '7',
    without: 'what arrived last holds',
    guards: { recorder: recorder.orderOfArrival },
    mix: 'network',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 5,
  },
  {
    rule: '11',
    without: 'a heartbeat does not wait for the last row',
    guards: { publisher: missing.heartbeatBeforeDrain },
    mix: 'calm',
    breaks: ['S1'],
    seeds: 5,
  },
  {
    rule: '12',
    without: 'a heartbeat counts although numbers before it are missing',
    guards: { recorder: recorder.noDensity },
    mix: 'history',
    breaks: ['S1', 'S17'],
    seeds: 40,
  },
  {
    rule: '13',
    without: 'a source is heard up to the event that came last',
    guards: { recorder: recorder.eventsAreHeard },
    mix: 'history',
    breaks: ['S1', 'S2', 'S17'],
    seeds: 10,
  },
  {
    rule: '14',
    without: 'what the control partition lacks does not count',
    guards: { publisher: missing.controlUnwatched },
    mix: 'history',
    breaks: ['S1', 'S2'],
    seeds: 10,
  },
  {
    rule: '15',
    without: 'the silence of those who may cut off does not count',
    guards: { claimMap: judging.cutOffsUnwatched },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 60,
  },
  {
    rule: '16',
    without: 'no lease runs out at an edge',
    guards: { claimMap: judging.noLease },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 5,
  },
  {
    rule: '20',
    without: 'what cannot be read raises the watermark alone',
    guards: { recorder: recorder.noDoubt },
    mix: 'poison',
    breaks: ['S1', 'S7', 'S11'],
    seeds: 5,
  },
  {
    rule: '20',
    without: 'what cannot be read is put away',
    guards: { recorder: recorder.unreadableIgnored },
    mix: 'poison',
    breaks: ['S1', 'S7'],
    seeds: 5,
  },
  {
    rule: '22',
    without: 'the authority judges by marks',
    guards: { judging: judging.byMarks },
    mix: 'network',
    breaks: ['S1', 'S9', 'S10'],
    seeds: 5,
  },
  {
    rule: '22',
    without: 'the authority judges whatever the silence of sources',
    guards: { judging: judging.ownLeasesIgnored },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 5,
  },
  {
    rule: '23',
    without: 'minting does not go on from a denied key to the next one',
    guards: { mints: missing.deniedKeySigns },
    mix: 'keys',
    breaks: ['V4', 'S7'],
    seeds: 5,
  },
  {
    rule: '24',
    without: 'who acts for the subject is no party of the token',
    guards: { parties: judging.subjectAlone },
    mix: 'calm',
    breaks: ['S1', 'S7'],
    seeds: 5,
  },
  {
    rule: '24',
    without: 'a derived claim goes with no other',
    guards: { claimMap: judging.derivedFromNothing },
    mix: 'network',
    breaks: ['S1', 'S2', 'S9'],
    seeds: 5,
  },
  {
    rule: '26',
    without: 'positions start anew in the same incarnation',
    guards: { incarnation: incarnation.oneIncarnation },
    mix: 'history',
    breaks: ['S1', 'S9', 'V1', 'V4'],
    seeds: 5,
  },
  {
    rule: '28',
    without: 'nobody asks the last checkpoint what stood before the position',
    guards: { incarnation: incarnation.databaseAlone },
    mix: 'lost-twice',
    breaks: ['S1', 'S9', 'S17', 'V1'],
    seeds: 40,
  },
  {
    rule: '28',
    without: 'the topic is taken for the remembered one',
    guards: { incarnation: incarnation.unchecked },
    mix: 'history',
    breaks: ['S1', 'S11', 'S17', 'V1'],
    seeds: 5,
  },
  {
    rule: '30, 44',
    without: 'nobody looks whether what was written still stands there',
    guards: { publisherLog: missing.noReadingBack },
    mix: 'tails',
    breaks: ['V1', 'V2'],
    seeds: 20,
  },
  {
    rule: '34',
    without: 'a retry is answered because its event is stamped',
    guards: { stamps: missing.stampedIsAnswered },
    mix: 'storm',
    breaks: ['S11', 'S17', 'V1'],
    seeds: 60,
  },
  {
    rule: '35',
    without: 'the reconciler writes no stamps back',
    guards: { recorder: recorder.noStampsBack },
    mix: 'restore',
    breaks: ['V1'],
    seeds: 5,
  },
  {
    rule: '37',
    without: 'a source vouches for what it was not answered',
    guards: { sourceSays: 'all is told' },
    mix: 'network',
    breaks: ['S1', 'S17'],
    seeds: 15,
  },
  {
    rule: '48',
    without: 'denials of keys are published once, and never again',
    guards: { publisher: missing.denialsOnce },
    mix: 'retention',
    breaks: ['S1', 'S10'],
    seeds: 30,
  },
  {
    rule: 'S9',
    without: 'tokens are not marked with the change',
    guards: { recorder: recorder.noMarks },
    mix: 'calm',
    breaks: ['S9'],
    seeds: 5,
  },
  {
    rule: 'S9',
    without: 'tokens are marked with the change, and not once more after its commit',
    guards: { recorder: recorder.noMarksAfterCommit, marks: recorder.noLateMarks },
    mix: 'network',
    breaks: ['S9'],
    seeds: 120,
  },
  {
    rule: 'S15',
    without: 'what is withdrawn or cut off in one tenant is so in the other',
    guards: { recorder: tenants.wideForAll },
    mix: 'tenants',
    breaks: ['S15'],
    seeds: 5,
  },
  {
    rule: 'S15',
    without: 'feeds are told apart by their source alone',
    guards: { stamps: tenants.feedsOfSources },
    mix: 'tenants',
    breaks: ['S11', 'V1'],
    seeds: 5,
  },
]
