import type { AclRule } from '@freshet/kafka'

/**
 * The rules as commands of Kafka's own tool. They read the address from `BOOTSTRAP` and the credentials from
 * the file that `ADMIN_CONFIG` names. Rules of one role that need the same operations share a command.
 */
export function aclText(rules: readonly AclRule[]): string {
  const roles = [...new Set(rules.map(({ role }) => role))]
  const parts = roles.map((role) => {
    const own = rules.filter((rule) => rule.role === role)
    return [`# ${role}`, ...commands(own)].join('\n')
  })
  return parts.join('\n\n')
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

const TOOL = 'kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN_CONFIG" --add'

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
