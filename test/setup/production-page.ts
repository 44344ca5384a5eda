import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The commands of a page in their order, and the status lines that it shows. */
export interface PageWalk {
  readonly steps: readonly string[]
  readonly shown: readonly string[]
}

const PAGE = join(import.meta.dirname, '../../docs/production.md')
const BLOCK = /^( *)```sh\n([\s\S]*?)^ *```$/gm

/** Reads every shell block of a text. A block in a list has the indentation of the list. */
export function walkOf(text: string): PageWalk {
  const blocks = [...text.matchAll(BLOCK)]
  return {
    steps: blocks.map(([, indent = '', code = '']) =>
      code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    ),
    shown: text.match(/HTTP\/[\d.]+ \d{3} [\w ]+/g) ?? [],
  }
}

/** The walk of `docs/production.md`. */
export function productionWalk(): PageWalk {
  return walkOf(readFileSync(PAGE, 'utf8'))
}

/** The parts of the page that belong to one cluster, one database and one machine. */
export interface Machine {
  readonly brokers: string
  readonly kafkaCa: string
  /** The address of a broker and the file of credentials, for an administrator. */
  readonly bootstrap: string
  readonly adminConfig: string
  /** The URL that an administrator of Postgres has, and that URL without its login. */
  readonly adminDatabaseUrl: string
  readonly databaseUrl: string
  readonly firstPort: number
  /** True if one broker serves, so topics have one replica. */
  readonly development: boolean
}

const FIRST_PORT = 7_070

/**
 * The steps on another machine: with its brokers, its database and its ports.
 *
 * @throws if the page does not name one of them as expected
 */
export function stepsOn(machine: Machine): string {
  const { firstPort, development } = machine
  // The caller has installed the command line.
  const steps = productionWalk().steps.filter((step) => !step.startsWith('npm install'))
  const script = steps.join('\n')
  const replaced = [
    [
      'KAFKA_BROKERS=k1.example:9093,k2.example:9093,k3.example:9093',
      `KAFKA_BROKERS=${machine.brokers}`,
    ],
    ['KAFKA_TLS_CA_FILE=/etc/freshet/kafka-ca.pem', `KAFKA_TLS_CA_FILE=${machine.kafkaCa}`],
    [/ DATABASE_URL='postgres:[^']+'/, ` DATABASE_URL='${machine.databaseUrl}'`],
    [/ADMIN_DATABASE_URL='postgres:[^']+'/, `ADMIN_DATABASE_URL='${machine.adminDatabaseUrl}'`],
    ['BOOTSTRAP=k1.example:9093', `BOOTSTRAP=${machine.bootstrap}`],
    ['ADMIN_CONFIG=kafka-admin.properties', `ADMIN_CONFIG=${machine.adminConfig}`],
    ['freshet init installation', `freshet init installation --first-port ${firstPort}`],
    ['freshet topic apply', `freshet topic apply${development ? ' --development' : ''}`],
  ] as const
  const own = replaced.reduce((text, [found, by]) => {
    if (text.search(found) < 0) throw new Error(`The page has no ${String(found)}.`)
    return text.replace(found, () => by)
  }, script)
  return own.replaceAll(
    /127\.0\.0\.1:(707\d)\b/g,
    (_, port: string) => `127.0.0.1:${Number(port) - FIRST_PORT + firstPort}`,
  )
}
