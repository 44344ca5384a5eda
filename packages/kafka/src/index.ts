export {
  ACL_ROLES,
  defaultPrincipal,
  planAcls,
  type AclOperation,
  type AclRole,
  type AclRule,
} from './topics/acl-plan.ts'
export type { MissingRights } from './topics/missing-rights.ts'
export { planQuotas, type QuotaRule } from './topics/quota-plan.ts'
export { isLasting } from './errors/client-trouble.ts'
export { createKafka, type Kafka } from './kafka.ts'
export { type ApiGap } from './client/api-coverage.ts'
export { type KafkaReader } from './read/reader.ts'
export { type KafkaWriter } from './write/writer.ts'
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
export { planTopics, type TopicPlan } from './topics/topic-plan.ts'
export { requireTopics, type Kept } from './topics/require-topics.ts'
export type { FoundTopic, TopicDifference } from './topics/topic-differences.ts'
export {
  kafkaRevocations,
  type EnvironmentOptions,
  type RevocationOptions,
} from './kafka-revocations.ts'
