export * from './topics/acl-plan.ts'
export type { MissingRights } from './topics/topics.ts'
export * from './topics/quota-plan.ts'
export { isLasting } from './errors/client-trouble.ts'
export { createKafka, type ApiGap, type Kafka, type KafkaWriter } from './kafka.ts'

export { type KafkaReader } from './read/reader.ts'

export {
  type BrokerToken,
  type KafkaLogLine,
  type KafkaOptions,
  type KafkaSasl,
  type KafkaTls,
  type PasswordLogin,
  type TokenLogin,
} from './client/settings.ts'
export { type KafkaTopics } from './topics/topics.ts'
export * from './topics/topic-plan.ts'
export * from './topics/require-topics.ts'
export type { FoundTopic, TopicDifference } from './topics/topic-differences.ts'
export {
  kafkaRevocations,
  type EnvironmentOptions,
  type RevocationOptions,
} from './kafka-revocations.ts'
