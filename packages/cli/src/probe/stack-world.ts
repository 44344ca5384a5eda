import { randomUUID } from 'node:crypto'
import { progressOf, type ProbeWorld } from '@freshet/insight'
import { CliError } from '../cli-error.ts'
import { awaitChange } from '../commands/changes/await-change.ts'
import type { Op } from '../commands/changes/change-to-emit.ts'
import { emitChange } from '../commands/changes/emit-change.ts'
import type { ConsoleClient } from '../http/console-client.ts'
import type { DevFile } from '../stack/dev-file.ts'
import { mintToken } from '../stack/token-client.ts'
import type { ProbeDoor, Probed } from './probe-doors.ts'

const RECORDED_WITHIN_MS = 10_000

/** The object of a stack's probe, with its source and client. */
export interface StackProbe extends Probed {
  readonly source: string
  readonly client: string
  /** A subject that does not exist: a probe removes a value that no person had. */
  readonly subject: string
  readonly doors: readonly ProbeDoor[]
  readonly console: Pick<ConsoleClient, 'change'>
  readonly signal: AbortSignal
}

/**
 * The running stack as a probe sees it. The subject is the probe’s own, so that leaving everything as it was means
 * taking the grant back, where the probe itself did not come so far.
 */
export function stackWorld(dev: DevFile, probe: StackProbe): ProbeWorld {
  const { source, subject, claim, value, audience, signal, console, doors } = probe
  const { tenant } = dev
  let isGranted = false
  const emit = async (op: Op): Promise<string> => {
    const id = `probe-${randomUUID()}`
    const of = { source, tenant, iss: dev.idp.issuer, sequence: undefined }
    const { id: sent } = await emitChange({ ...of, id, op, subject, claim, values: [value] }, dev)
    return sent
  }
  const recorded = (id: string) =>
    awaitChange(
      { id, source, tenant, state: 'recorded', timeoutMs: RECORDED_WITHIN_MS },
      console,
      signal,
    )
  return {
    doors: doors.map(({ name }) => name),
    async grant() {
      // A request without an answer might have been accepted all the same.
      isGranted = true
      const { outcome } = await recorded(await emit('add'))
      if (outcome !== 'applied') throw new CliError('error', `the grant was ${outcome}`)
    },
    async mint() {
      const client = dev.clients[probe.client]
      if (!client) throw new CliError('notFound', `The stack has no client ${probe.client}.`)
      const from = { authority: dev.authority.url, issuer: dev.authority.issuer, idp: dev.idp }
      return (await mintToken({ ...from, client, subject, audience })).access_token
    },
    async ask(name, token) {
      const door = doors.find((each) => each.name === name)
      if (!door) throw new CliError('notFound', `No edge or URL has the name ${name}.`)
      return door.ask(token)
    },
    async remove() {
      const id = await emit('remove')
      isGranted = false
      return id
    },
    async progress(id) {
      const items = (await console.change(id))?.items ?? []
      const change = items.find((each) => each.source === source && each.tenant === tenant)
      return change && progressOf(change)
    },
    async restore() {
      if (isGranted) await emit('remove')
    },
  }
}
