export { ManualClock } from './manual-clock.ts'
export { registerLogContract, type LogUnderTest } from './log-contract.ts'
export { recordingFollower, type RecordingFollower } from './recording-follower.ts'
export {
  loggedChange,
  registerObservatoryContract,
  type ObservatoryUnderTest,
} from './observatory-contract.ts'
