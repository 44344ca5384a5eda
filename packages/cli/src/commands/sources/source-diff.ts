import { randomInt } from 'node:crypto'
import { gatewayPort } from '@freshet/connectors'
import { systemClock } from '@freshet/runtime'
import { printTarget } from '../../context.ts'
import { CliError } from '../../cli-error.ts'
import { diffUpstream, type UpstreamDiff } from '../../connect/diff-upstream.ts'
import { upstreamsOf, type UpstreamOptions } from '../../connect/upstreams.ts'
import { findStack } from '../../context.ts'
import { printable } from '../../output/printable.ts'
import { listOf } from '../../output/table.ts'
import type { View } from '../../output/view.ts'
import type { Shell } from '../../shell.ts'

/** The options of the command line. */
export interface SourceDiffOptions extends UpstreamOptions {
  readonly source: string
  readonly gateway?: string | undefined
}

const RANDOM_STEPS = 1_000_000

/** Runs `freshet source diff`. @throws `CliError`, `registry.invalid`, `connect.unavailable` and errors of the gateway */
export async function runSourceDiff(
  shell: Shell,
  options: SourceDiffOptions,
): Promise<readonly UpstreamDiff[]> {
  const dev = (await findStack(shell))?.dev
  const gateway = options.gateway ?? shell.env['FRESHET_GATEWAY_URL'] ?? dev?.gateway.url
  if (gateway === undefined)
    throw new CliError('usage', 'Outside of a dev stack, the command needs --gateway.')
  const upstreams = await upstreamsOf(shell, options.source, options)
  await printTarget(shell, gateway)
  const found: UpstreamDiff[] = []
  for (const upstream of upstreams) {
    const { source, connection, secrets } = upstream
    const freshet = gatewayPort({
      gateway,
      source: source.id,
      tenant: connection.tenant,
      key: () => secrets.key(source.id),
      timer: systemClock,
      random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
      onRefused: () => {},
    })
    found.push(await diffUpstream(upstream, freshet, shell.signal))
  }
  return found
}

/** The differences as a table, and a sentence for each tenant. */
export function sourceDiffText(found: readonly UpstreamDiff[], view: View): string {
  return found
    .map((diff) => {
      const { source, tenant, subjects, differences, isPartial, held, doubled } = diff
      const count = `${isPartial ? 'at least ' : ''}${differences.length} differences`
      const table = listOf(
        [
          { heading: 'SUBJECT', of: ({ subject }) => printable(subject) },
          { heading: 'CLAIM', of: ({ claim }) => claim ?? '(account)' },
          { heading: 'ADDED', kind: 'free', of: ({ added }) => added.join(', ') },
          { heading: 'REMOVED', kind: 'free', of: ({ removed }) => removed.join(', ') },
        ],
        differences,
        view,
      )
      return [
        `${source} of ${tenant}: ${count} in ${subjects} subjects`,
        ...(differences.length === 0 ? [] : [table]),
        ...(doubled.length === 0
          ? []
          : [`${doubled.length} subjects have several rows, so they get no values.`]),
        ...(held === undefined ? [] : [`The comparison would be held. ${held}`]),
      ].join('\n')
    })
    .join('\n')
}
