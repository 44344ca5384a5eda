import type { AclRule, QuotaRule } from '@freshet/kafka'
import { userOf } from './principal-user.ts'

/**
 * The rules and the quotas as commands of Kafka's own tools. They read the address from `BOOTSTRAP` and the
 * credentials from the file that `ADMIN_CONFIG` names. Rules of one role that need the same operations share a
 * command.
 */
export function aclText(rules: readonly AclRule[], quotas: readonly QuotaRule[]): string {
  const roles = [...new Set(rules.map(({ role }) => role))]
  const parts = roles.map((role) => {
    const own = rules.filter((rule) => rule.role === role)
    return [`# ${role}`, ...commands(own)].join('\n')
  })
  return [...parts, quotaText(quotas)].join('\n\n')
}

/** Every principal of a role has the same rules. */
function commands(rules: readonly AclRule[]): readonly string[] {
  const topics = new Map<string, Set<string>>()
  for (const rule of rules) {
    const rights = rightsOf(rule)
    topics.set(rights, (topics.get(rights) ?? new Set()).add(`--topic ${rule.topic}`))
  }
  const principals = new Set(rules.map(({ principal }) => `--allow-principal ${quoted(principal)}`))
  return Array.from(topics, ([rights, named]) => [TOOL, ...principals, rights, ...named].join(' '))
}

const ADMIN = '--bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN_CONFIG"'
const TOOL = `kafka-acls.sh ${ADMIN} --add`
const QUOTA_TOOL = `kafka-configs.sh ${ADMIN} --alter --entity-type users`

function quotaText(quotas: readonly QuotaRule[]): string {
  const lines = quotas.flatMap(({ principal, reasons, ...rates }) => {
    const config = [
      rates.producerBytesPerS && `producer_byte_rate=${rates.producerBytesPerS}`,
      rates.consumerBytesPerS && `consumer_byte_rate=${rates.consumerBytesPerS}`,
    ].filter(Boolean)
    const command = `${QUOTA_TOOL} --entity-name ${quoted(userOf(principal))} --add-config ${config.join(',')}`
    return [`# ${reasons.join(' ')}`, command]
  })
  return [
    '# quotas: bytes a second on each broker; edges that share a user share its quota',
    ...lines,
  ].join('\n')
}

function rightsOf({ pattern, operations }: AclRule): string {
  return [
    ...operations.map((operation) => `--operation ${operation}`),
    ...(pattern === 'prefixed' ? ['--resource-pattern-type prefixed'] : []),
  ].join(' ')
}

/** For a shell: nothing within single quotes is expanded. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
