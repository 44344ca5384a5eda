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
export { permanentNameOf } from './publish/permanent-name.ts'
export { REVOCATIONS_TOPIC } from './publish/publish-rows.ts'
export {
  OWNERSHIP_MS,
  type ForwardRow,
  type ForwardStore,
  type PermanentName,
  type PublishableRow,
  type PublishedRow,
  type PublisherStore,
  type StoreHead,
} from './publish/publisher-store.ts'
export { throughTable, type FeedThrough } from './publish/through-table.ts'
export { createWakeUp, type WakeUp } from './publish/wake-up.ts'
