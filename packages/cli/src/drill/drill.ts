import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { withTimeLimit } from '@freshet/source/time-limit'
import { parse } from 'yaml'
import { CliError } from '../cli-error.ts'
import { consoleClient, type ConsoleClient } from '../http/console-client.ts'
import type { DevFile } from '../stack/dev-file.ts'
import { ALERTS_FILE } from '../stack/paths.ts'
import { askHealth, untilHealthy } from '../status/ask-health.ts'

/** The fault of a drill: it stops one process of the stack. */
export type DrillFault = 'source' | 'edge' | 'reconciler'

/** The findings that name each fault; an earlier one, like a late heartbeat, only announces it. */
const FINDINGS: Readonly<Record<DrillFault, readonly string[]>> = {
  source: ['sourceSilent'],
  edge: ['serviceDown', 'edgeStale', 'edgeGone'],
  reconciler: ['serviceDown', 'recordingStopped'],
}

const ASK_EVERY_MS = 100

/** The first cause of the verdict from a moment on. */
export interface FirstCause {
  readonly afterMs: number
  readonly state: string
  readonly finding: string
  readonly object: string
  readonly what: string
}

/** A list that showed the fault, or `null` if none of its rows did. */
export interface DrillRows {
  readonly surface: string
  readonly afterMs: number | null
  readonly rows: readonly string[]
}

/** A shipped rule of Prometheus with the name of the cause's alert. */
export interface DrillAlert {
  readonly name: string
  readonly severity: string
  /** The time that its query must answer before it fires. */
  readonly for: string
  readonly summary: string
}

/** The observations of one drill. */
export interface DrillReport {
  readonly fault: DrillFault
  readonly process: string
  readonly pid: number
  /** The object that the verdict must name. */
  readonly object: string
  /** Each first cause of the verdict, in order; the last one names the fault if `isNamed`. */
  readonly verdict: readonly FirstCause[]
  readonly isNamed: boolean
  readonly shown: readonly DrillRows[]
  readonly alerts: readonly DrillAlert[]
  /** The owner and contact in the registry; `null`: the operators of the installation. */
  readonly who: string | null
  readonly runbook: string | null
  /** From the end of the fault to a fresh verdict; `null`: not within 20 s. */
  readonly freshAfterMs: number | null
}

/** The parts that a drill works with. */
export interface DrillParts {
  readonly dev: DevFile
  readonly signal: AbortSignal
  /** The longest time for the verdict. */
  readonly withinMs: number
  readonly nowMs: () => number
  /** Called once the process is stopped. */
  onFault(process: string, pid: number): void
}

/**
 * Stops one process of the stack by SIGSTOP until the verdict names it, and lets it continue in any case, also if this
 * process is interrupted.
 *
 * @throws `CliError` if the stack is not fresh before, or lacks the process
 */
export async function drill(fault: DrillFault, parts: DrillParts): Promise<DrillReport> {
  const { dev, signal, nowMs } = parts
  if (!(await untilHealthy(dev, signal))) {
    signal.throwIfAborted()
    throw new CliError('error', 'The stack is not fresh, so a drill would show another fault.', {
      next: 'freshet status',
    })
  }
  const client = consoleClient({ url: dev.console.url, token: dev.admin.token })
  const target = await targetOf(fault, dev, client)
  const goOn = (): void => continueProcess(target.pid)
  // A second Ctrl-C ends this process at once.
  process.once('exit', goOn)
  try {
    process.kill(target.pid, 'SIGSTOP')
    parts.onFault(target.process, target.pid)
    const seen = await watch(fault, target.object, { ...parts, client })
    goOn()
    const endMs = nowMs()
    signal.throwIfAborted()
    const isFresh = await untilHealthy(dev, signal)
    return { fault, ...target, ...seen, freshAfterMs: isFresh ? nowMs() - endMs : null }
  } finally {
    goOn()
    process.removeListener('exit', goOn)
  }
}

function continueProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch (error) {
    // It ended meanwhile.
    if (Object(error)['code'] !== 'ESRCH') throw error
  }
}

type Target = Pick<DrillReport, 'process' | 'pid' | 'object'>

/** The process of a fault: of the first source with a claim, of the second sidecar, or of the reconciler. */
async function targetOf(fault: DrillFault, dev: DevFile, client: ConsoleClient): Promise<Target> {
  const { processes, sources } = dev
  const claims = fault === 'source' ? (await client.registry()).claims : []
  const source = claims.find((claim) => claim.source in sources)?.source ?? ''
  const objects = { source, edge: 'sidecar:2', reconciler: 'reconciler' } as const
  const object = objects[fault]
  const name = fault === 'source' ? `source:${object}` : object
  const pid = processes[name]
  if (pid === undefined) throw new CliError('notFound', `The stack has no process ${name}.`)
  return { process: name, pid, object }
}

type Watched = Pick<DrillReport, 'verdict' | 'isNamed' | 'shown' | 'alerts' | 'who' | 'runbook'>

/** Asks the verdict and the lists until the verdict names the fault, the time is over, or the signal aborts. */
async function watch(
  fault: DrillFault,
  object: string,
  { dev, client, signal, withinMs, nowMs }: DrillParts & { readonly client: ConsoleClient },
): Promise<Watched> {
  const startMs = nowMs()
  const ended = new AbortController()
  const over = AbortSignal.any([withTimeLimit(signal, withinMs), ended.signal])
  const verdict: FirstCause[] = []
  let found: Pick<Watched, 'who' | 'runbook'> | undefined
  const pollHealth = async (): Promise<void> => {
    const { state, causes } = await askHealth({ url: dev.console.url, token: dev.admin.token })
    const [cause] = causes
    if (cause === undefined) return
    const { finding, who, runbook, what } = cause
    const last = verdict.at(-1)
    if (last?.finding !== finding || last.object !== cause.object || last.state !== state)
      verdict.push({ afterMs: nowMs() - startMs, state, finding, object: cause.object, what })
    if (cause.object !== object || !FINDINGS[fault].includes(finding)) return
    found = { who, runbook }
    ended.abort()
  }
  const lists = [
    listed('source ls', async () =>
      (await client.status()).sources
        .filter(({ tenant, standing }) => tenant === dev.tenant && standing !== 'live')
        .map(({ source, standing }) => `${source} ${standing}`),
    ),
    listed('edge ls', async () =>
      (await client.edges()).items
        .filter(({ standing }) => standing !== 'synced')
        .map(({ edge, standing }) => `${edge} ${standing}`),
    ),
  ]
  const sinceMs = (): number => nowMs() - startMs
  await Promise.all([
    repeat(pollHealth, over),
    ...lists.map((list) => repeat(() => list.poll(sinceMs), over)),
  ])
  const { who = null, runbook = null } = found ?? {}
  const shown = lists.map((list) => list.shown())
  const alerts = await alertsNamed(runbook)
  return { verdict, isNamed: found !== undefined, shown, alerts, who, runbook }
}

/** A list, and the first rows of it that showed a fault. */
function listed(
  surface: string,
  ask: () => Promise<readonly string[]>,
): { poll(sinceMs: () => number): Promise<void>; shown(): DrillRows } {
  let shown: DrillRows = { surface, afterMs: null, rows: [] }
  return {
    async poll(sinceMs) {
      if (shown.afterMs !== null) return
      const rows = await ask()
      if (rows.length > 0) shown = { surface, afterMs: sinceMs(), rows }
    },
    shown: () => shown,
  }
}

/** A question that fails is asked again: the fault can be the reason. */
async function repeat(ask: () => Promise<void>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await ask().catch(() => {})
    await wait(ASK_EVERY_MS, undefined, { signal: until }).catch(() => {})
  }
}

/** The shipped rules with this name: one name can have several, by the extent of the fault. */
export async function alertsNamed(runbook: string | null): Promise<readonly DrillAlert[]> {
  const { groups } = parse(await readFile(ALERTS_FILE, 'utf8')) as AlertsFile
  return groups
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert === runbook)
    .map(({ alert: name, for: held = '0s', labels, annotations }) => {
      return { name, severity: labels.severity, for: held, summary: annotations.summary }
    })
}

/** The shipped file of alerts, as far as a drill reads it. */
interface AlertsFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly for?: string
      readonly labels: { readonly severity: string }
      readonly annotations: { readonly summary: string }
    }[]
  }[]
}
