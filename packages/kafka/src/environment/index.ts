export { kafkaAccess, type KafkaAccess, type WatchParts } from './kafka-access.ts'
export {
  kafkaRelations,
  kafkaVariables,
  readKafkaSettings,
  remoteBrokers,
  type KafkaSettings,
} from './kafka-variables.ts'
