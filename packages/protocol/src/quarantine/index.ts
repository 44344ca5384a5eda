export {
  planReplay,
  replayBar,
  REPLAY_TURN_MS,
  REPLAYS_MAX,
  type QuarantinedStatus,
  type QuarantinedState,
  type ReplayRefusal,
} from './plan-replay.ts'
export { type Rehearsal, rehearsalOf } from './plan-replay.ts'
export * from './sent-outcome.ts'
