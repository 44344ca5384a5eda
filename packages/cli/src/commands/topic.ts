import { readFile } from 'node:fs/promises'
import type { Command } from '@commander-js/extra-typings'
import type { TopicDifference, TopicPlan } from '@freshet/kafka'
import { EXIT, Negative } from '../exit-code.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show, type OutputFormat } from '../output/format.ts'
import { differencesText, planText } from '../output/topics-text.ts'
import type { Shell } from '../shell.ts'
import { TOPICS_FILE } from '../stack/paths.ts'
import { withKafka } from '../with-kafka.ts'

const FILE_HELP = 'the plan; default: infra/topics.yaml'
const DEVELOPMENT_HELP = 'for one broker; the dev stack is planned so anyway'

interface PlanOptions {
  readonly file?: string | undefined
  readonly development?: true | undefined
}

/** `freshet topic …`: the topics of KAFKA_BROKERS, else of the dev stack, against their plan. */
export function addTopicCommands(program: Command, shell: Shell): void {
  const topic = program
    .command('topic')
    .description('the topics of KAFKA_BROKERS, else of the dev stack, against their plan')
  topic
    .command('plan')
    .description('what the plan says; asks no broker')
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...options }) => {
      const items = await readPlan(options, options.development === true)
      show(shell, output, { data: { items }, items, text: () => planText(items) })
    })
  topic
    .command('apply')
    .description('create what is missing, change nothing else, then verify')
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...options }) =>
      tellDifferences(shell, output, await compare(shell, options, 'apply')),
    )
  topic
    .command('verify')
    .description('name every difference; exit code 10 if there is one')
    .option('--file <path>', FILE_HELP)
    .option('--development', DEVELOPMENT_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...options }) =>
      tellDifferences(shell, output, await compare(shell, options, 'verify')),
    )
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
  return withKafka(shell, async ({ kafka, development }) => {
    const plan = await readPlan(options, development || options.development === true)
    return kafka.topics[how](plan)
  })
}

function tellDifferences(
  shell: Shell,
  output: OutputFormat,
  items: readonly TopicDifference[],
): void {
  show(shell, output, { data: { items }, items, text: () => differencesText(items) })
  if (items.length > 0) throw new Negative(EXIT.unhealthy)
}
