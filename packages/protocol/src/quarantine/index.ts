export {
  planReplay,
  replayBar,
  REPLAY_TURN_MS,
  REPLAYS_MAX,
  type QuarantinedStatus,
  type QuarantinedState,
  type ReplayRefusal,
} from './plan-replay.ts'
export { rehearsalOf, type Rehearsal } from './rehearsal.ts'
export { sentOutcome, type SentEvidence, type SentOutcome, type SentPlace } from './sent-outcome.ts'
