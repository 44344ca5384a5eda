export {
  ACL_ROLES,
  defaultPrincipal,
  planAcls,
  type AclOperation,
  type AclRole,
  type AclRule,
} from './acl-plan.ts'
export { isLasting } from './client-trouble.ts'
export { createKafka, type Kafka } from './kafka.ts'
export { type ApiGap } from './api-coverage.ts'
export { type KafkaReader } from './reader.ts'
export { type KafkaWriter } from './writer.ts'
export { type KafkaLogLine, type KafkaOptions, type KafkaTls } from './settings.ts'
export { type KafkaTopics } from './topics.ts'
export { planTopics, type TopicPlan } from './topic-plan.ts'
export { requireTopics, type Kept } from './require-topics.ts'
export type { FoundTopic, TopicDifference } from './topic-differences.ts'
export { kafkaRevocations } from './kafka-revocations.ts'
