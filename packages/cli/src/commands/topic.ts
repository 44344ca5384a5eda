import { readFile } from 'node:fs/promises'
import type { Command } from '@commander-js/extra-typings'
import type { AclRole, TopicDifference, TopicPlan } from '@freshet/kafka'
import { CliError } from '../cli-error.ts'
import { printTarget } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_FORMATS,
  OUTPUT_HELP,
  readFormat,
  show,
  type OutputFormat,
} from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { withProgress } from '../output/progress.ts'
import { listOf, type Column } from '../output/table.ts'
import { PLAIN_VIEW, type View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { TOPICS_FILE } from '../stack/paths.ts'
import { withKafka } from '../with-kafka.ts'
import { collect, oneOf } from './arguments.ts'

const FILE_HELP = 'file of the plan; default: infra/topics.yaml'
const DEVELOPMENT_HELP = 'plan for a single broker; the dev stack always has this plan'

const PRINCIPAL_HELP =
  'principal of a role, such as edge=User:payments; repeat the option for several; default: User:freshet-ROLE'
const PLAN_FORMATS = [...OUTPUT_FORMATS, 'acl', 'strimzi', 'terraform'] as const
const CLUSTER_HELP = 'name of the Kafka object of Strimzi'

interface PlanOptions {
  readonly file?: string | undefined
  readonly development?: true | undefined
}

/** `freshet topic …`: the topics of KAFKA_BROKERS, else of the dev stack, against their plan. */
export function addTopicCommands(program: Command, shell: Shell): void {
  const topic = program
    .command('topic')
    .description('create and verify the topics of KAFKA_BROKERS, or of the dev stack')
  topic
    .command('plan')
    .description(
      'print the plan, or the rights and quotas of each role (-o acl), or all of it for an operator; asks no broker',
    )
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option('--principal <role=principal>', PRINCIPAL_HELP, collect, [])
    .option('--cluster <name>', CLUSTER_HELP, 'kafka')
    .option(OUTPUT_FLAGS, `${OUTPUT_HELP}, acl, strimzi, terraform`, oneOf(PLAN_FORMATS), 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, principal, cluster, ...options }) => {
      const items = await readPlan(options, options.development === true)
      if (output === 'acl' || output === 'strimzi' || output === 'terraform') {
        const principals = await principalsOf(principal)
        return shell.out(`${await planFor(output, items, { principals, cluster })}\n`)
      }
      await show(shell, output, {
        data: { items },
        items,
        headers,
        text: (view) => planText(items, view),
      })
    })
  topic
    .command('apply')
    .description('create missing topics, change nothing else, then verify')
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...options }) =>
      printDifferences(shell, output, await compare(shell, options, 'apply')),
    )
  topic
    .command('verify')
    .description('name every difference; exit code 10 if there is one')
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...options }) =>
      printDifferences(shell, output, await compare(shell, options, 'verify')),
    )
}

type Principals = ReadonlyMap<AclRole, readonly string[]>

interface PlanTarget {
  readonly principals: Principals
  readonly cluster: string
}

/** Returns topics, rights and quotas in the form of one tool, without a line break at the end. */
async function planFor(
  tool: 'acl' | 'strimzi' | 'terraform',
  topics: readonly TopicPlan[],
  { principals, cluster }: PlanTarget,
): Promise<string> {
  const { planAcls, planQuotas } = await import('@freshet/kafka')
  const plan = { topics, acls: planAcls(principals), quotas: planQuotas(principals) }
  if (tool === 'terraform')
    return (await import('../output/stack/terraform-text.ts')).terraformText(plan)
  if (tool === 'acl')
    return (await import('../output/stack/acl-text.ts')).aclText(plan.acls, plan.quotas)
  const { strimziText } = await import('../output/stack/strimzi-text.ts')
  return strimziText(plan, cluster).trimEnd()
}

async function principalsOf(principals: readonly string[]): Promise<Principals> {
  const { ACL_ROLES } = await import('@freshet/kafka')
  const byRole = new Map<AclRole, readonly string[]>()
  for (const text of principals) {
    const [, name, principal] = /^([a-z-]+)=(\w+:[^\p{Cc}]+)$/u.exec(text) ?? []
    const role = ACL_ROLES.find((each) => each === name)
    if (role === undefined || principal === undefined) {
      throw new CliError('usage', `--principal ${printable(text)} is not ROLE=User:NAME.`, {
        why: `roles are ${ACL_ROLES.join(', ')}`,
      })
    }
    byRole.set(role, [...(byRole.get(role) ?? []), principal])
  }
  return byRole
}

async function readPlan(
  { file }: PlanOptions,
  development: boolean,
): Promise<readonly TopicPlan[]> {
  const { planTopics } = await import('@freshet/kafka')
  return planTopics(await readFile(file ?? TOPICS_FILE, 'utf8'), { development })
}

async function compare(
  shell: Shell,
  options: PlanOptions,
  how: 'apply' | 'verify',
): Promise<readonly TopicDifference[]> {
  return withProgress(shell, 'waiting for the broker', () =>
    withKafka(shell, async ({ kafka, brokers, development }) => {
      if (how === 'apply') await printTarget(shell, brokers.join(','))
      const plan = await readPlan(options, development || options.development === true)
      return kafka.topics[how](plan)
    }),
  )
}

async function printDifferences(
  shell: Shell,
  output: OutputFormat,
  items: readonly TopicDifference[],
): Promise<void> {
  await show(shell, output, {
    data: { items },
    items,
    text: (view) => topicDifferencesText(items, view),
  })
  if (items.length > 0) throw new Negative(EXIT.unhealthy)
}

const PLAN_COLUMNS: readonly Column<TopicPlan>[] = [
  { heading: 'TOPIC', of: ({ name }) => name },
  { heading: 'PARTITIONS', of: ({ partitions }) => String(partitions), align: 'right' },
  { heading: 'REPLICATION', of: ({ replication }) => String(replication), align: 'right' },
  {
    heading: 'RETENTION',
    of: ({ config }) => retentionText(config['retention.ms']),
    align: 'right',
  },
]
const DIFFERENCE_COLUMNS: readonly Column<TopicDifference>[] = [
  { heading: 'TOPIC', of: ({ topic }) => topic },
  { heading: 'SETTING', of: ({ setting }) => setting },
  { heading: 'PLANNED', of: ({ wanted }) => wanted },
  { heading: 'FOUND', of: ({ found }) => found },
]

/** The planned topics as a table. */
function planText(plans: readonly TopicPlan[], view: View = PLAIN_VIEW): string {
  return listOf(PLAN_COLUMNS, plans, view)
}

/** The differences of the broker from the plan. */
export function topicDifferencesText(
  differences: readonly TopicDifference[],
  view: View = PLAIN_VIEW,
): string {
  if (differences.length === 0) return 'every topic is as planned'
  return listOf(DIFFERENCE_COLUMNS, differences, view)
}

function retentionText(ms: string | undefined): string {
  return ms === undefined ? '-' : `${Number(ms) / 3_600_000} h`
}
