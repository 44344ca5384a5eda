import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@freshet/owned-dir'
import { startServing } from './loopback-process.ts'

/** The labels of an alert that fires. */
export type AlertLabels = Readonly<Record<string, string>> & { readonly alertname: string }

/** An alert as Alertmanager holds it. */
export interface HeldAlert {
  readonly labels: AlertLabels
  readonly status: { readonly state: 'unprocessed' | 'active' | 'suppressed' }
}

/** A real Alertmanager on loopback. */
export interface Alertmanager extends AsyncDisposable {
  /** Its host and port. */
  readonly at: string
  /** Sends firing alerts, as Prometheus does. */
  send(alerts: readonly AlertLabels[]): Promise<void>
  held(): Promise<readonly HeldAlert[]>
}

/** Starts one alone, without a cluster of its kind; resolves when it answers. */
export async function startAlertmanager(configuration: string): Promise<Alertmanager> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-alertmanager-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const args = [
    `--config.file=${configuration}`,
    `--storage.path=${dir}`,
    `--web.listen-address=${new URL(url).host}`,
    '--cluster.listen-address=',
  ]
  const end = await startServing('prometheus-alertmanager', args, `${url}/-/ready`)
  const api = `${url}/api/v2/alerts`
  return {
    at: new URL(url).host,
    async send(alerts) {
      const body = JSON.stringify(alerts.map((labels) => ({ labels })))
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(api, { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    held: async () => (await (await fetch(api)).json()) as readonly HeldAlert[],
    async [Symbol.asyncDispose]() {
      await end()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
