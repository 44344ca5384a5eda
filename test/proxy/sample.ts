import { readFile } from 'node:fs/promises'

/** The ports on both sides of a proxy: the sidecar answers its questions, and the service its requests. */
export interface Between {
  readonly sidecar: number
  readonly service: number
}

/** Lines of a sample that a test changes. */
export type Edits = readonly (readonly [pattern: RegExp, by: string])[]

const SAMPLES = new URL('../../infra/', import.meta.url)

/**
 * Returns a sample configuration of `infra` with the ports of a test in the place of its own, and with its
 * edits.
 *
 * @throws if the sample has no place for an edit
 */
export async function sample(
  path: string,
  between: Between,
  port: number,
  edits: Edits = [],
): Promise<string> {
  const text = await readFile(new URL(path, SAMPLES), 'utf8')
  const ports: Readonly<Record<string, number>> = {
    7074: between.sidecar,
    8080: between.service,
    8081: port,
  }
  const own = text.replaceAll(
    /(127\.0\.0\.1:|port_value: )(7074|8080|8081)\b/g,
    (_, before: string, old: string) => `${before}${String(ports[old])}`,
  )
  for (const [pattern] of edits)
    if (!pattern.test(own)) throw new Error(`The sample ${path} has no ${String(pattern)}.`)
  return edits.reduce((edited, [pattern, by]) => edited.replace(pattern, by), own)
}
