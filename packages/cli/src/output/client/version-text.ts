import type { ServiceStatus } from '../../status/ask-services.ts'
import { printable } from '../printable.ts'

/** The version of this program, and of each service that was asked. */
export interface FoundVersions {
  readonly client: string
  readonly services: readonly ServiceStatus[]
}

/** One line for this program, and one for each service. */
export function versionText({ client, services }: FoundVersions): string {
  const width = Math.max(...['freshet', ...services.map(({ service }) => service)].map(lengthOf))
  return [
    `${'freshet'.padEnd(width)}  ${client}`,
    ...services.map(({ service, state, version }) => {
      const other = version !== null && version !== client ? ' (another version)' : ''
      return printable(`${service.padEnd(width)}  ${version ?? state}${other}`)
    }),
  ].join('\n')
}

function lengthOf(text: string): number {
  return text.length
}
