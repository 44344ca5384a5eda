import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@freshet/owned-dir'
import { stringify } from 'yaml'
import { startServing } from './loopback-process.ts'

/** A real Prometheus on loopback. */
export interface Prometheus extends AsyncDisposable {
  /** Returns the data of its API's answer to a GET; fails with the API's error. */
  get(path: string): Promise<unknown>
}

/** A job that it scrapes. */
export interface Job {
  readonly name: string
  readonly targets: readonly {
    /** The host and port of each process. */
    readonly at: readonly string[]
    readonly labels?: Readonly<Record<string, string>>
  }[]
}

/** The scrape interval; usual installations scrape every 15 or 30 s. */
const INTERVAL = '2s'

/** Starts one that scrapes jobs, evaluates rules and sends its alerts to a host and port; resolves when it answers. */
export async function startPrometheus(
  jobs: readonly Job[],
  ruleFiles: readonly string[],
  alertmanager?: string,
): Promise<Prometheus> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-prometheus-'))
  const port = await freePort()
  const configuration = {
    global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: ruleFiles,
    ...(alertmanager && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    }),
    scrape_configs: jobs.map(({ name, targets }) => ({
      job_name: name,
      static_configs: targets.map(({ at, labels = {} }) => ({ targets: at, labels })),
    })),
  }
  await writeFile(join(dir, 'prometheus.yaml'), stringify(configuration))
  const url = `http://127.0.0.1:${port}`
  const args = [
    `--config.file=${join(dir, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const end = await startServing('prometheus', args, `${url}/-/ready`)
  return {
    get: (path) => dataOf(`${url}${path}`),
    async [Symbol.asyncDispose]() {
      await end()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function dataOf(url: string): Promise<unknown> {
  const answer = (await (await fetch(url)).json()) as {
    status: string
    error?: string
    data: unknown
  }
  if (answer.status !== 'success') throw new Error(answer.error)
  return answer.data
}
