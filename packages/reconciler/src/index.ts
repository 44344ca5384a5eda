export {
  type IncarnationStore,
  type Raise,
  type Remembered,
} from './incarnation/incarnation-store.ts'
export {
  createIncarnationCheck,
  nextIncarnation,
  verifyIncarnation,
  type IncarnationParts,
} from './incarnation/verify-incarnation.ts'
export { forwardOnce, runForwarder, type ForwarderParts } from './publish/forwarder.ts'
export { runPublisher, type PublisherParts } from './publish/partition-publisher.ts'
export {
  type ForwardRow,
  type ForwardStore,
  type PublishableRow,
  type PublishedRow,
  type PublisherStore,
  type StoreHead,
} from './publish/publisher-store.ts'
export { createWakeUp, type WakeUp } from './publish/wake-up.ts'
