import { readFile } from 'node:fs/promises'

/** The ports that a proxy stands between: the sidecar answers its questions, the service its requests. */
export interface Between {
  readonly sidecar: number
  readonly service: number
}

const SAMPLES = new URL('../../infra/', import.meta.url)

/** A sample configuration of `infra` with the ports of a test in the place of its own. */
export async function sample(path: string, between: Between, port: number): Promise<string> {
  const text = await readFile(new URL(path, SAMPLES), 'utf8')
  const ports: Readonly<Record<string, number>> = {
    7074: between.sidecar,
    8080: between.service,
    8081: port,
  }
  return text.replaceAll(
    /(127\.0\.0\.1:|port_value: )(7074|8080|8081)\b/g,
    (_, before: string, old: string) => `${before}${String(ports[old])}`,
  )
}
