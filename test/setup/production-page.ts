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

/** The parts of the page that belong to one machine. */
export interface Machine {
  readonly brokers: readonly string[]
  readonly databaseUrl: string
  readonly firstPort: number
}

const FIRST_PORT = 7_070

/**
 * The steps on another machine: with its broker, its database and its ports.
 *
 * @throws if the page does not name one of them as expected
 */
export function stepsOn({ brokers, databaseUrl, firstPort }: Machine): string {
  const script = productionWalk().steps.join('\n')
  const replaced = [
    ['KAFKA_BROKERS=127.0.0.1:9092', `KAFKA_BROKERS=${brokers.join(',')}`],
    [/DATABASE_URL=postgres:\S+/, `DATABASE_URL='${databaseUrl}'`],
    ['freshet init installation', `freshet init installation --first-port ${firstPort}`],
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
