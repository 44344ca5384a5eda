import * as z from 'zod'

const SERVICES_MAX = 50
const NAME = /^[\w:.@-]{1,64}$/
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:'])

/** `name=url` of services, by commas. A name begins with the kind of the service: `sidecar:2`. */
export const healthServices: z.ZodType<ReadonlyMap<string, string>> = z
  .string()
  .transform((text, context) => {
    const entries = text.split(',').map((each) => entryOf(each.trim()))
    for (const message of problemsOf(entries)) context.addIssue({ code: 'custom', message })
    return new Map(entries.map(({ name, url }) => [name, url] as const))
  })

interface Entry {
  readonly name: string
  readonly url: string
}

function entryOf(text: string): Entry {
  const at = text.indexOf('=')
  return at < 0 ? { name: text, url: '' } : { name: text.slice(0, at), url: text.slice(at + 1) }
}

/** The messages show names and places, and no URL: it could contain credentials by mistake. */
function problemsOf(entries: readonly Entry[]): readonly string[] {
  const names = entries.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) < at)
  return [
    ...entries.flatMap((entry, at) => problemOf(entry, at + 1) ?? []),
    ...(twice === undefined ? [] : [`has ${twice} twice`]),
    ...(entries.length > SERVICES_MAX ? [`has more than ${SERVICES_MAX} services`] : []),
  ]
}

function problemOf({ name, url }: Entry, place: number): string | undefined {
  if (!NAME.test(name)) return `entry ${place} has no name, as in gateway=http://127.0.0.1:7070`
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address === undefined || !SCHEMES.has(address.protocol))
    return `the address of ${name} is no http or https URL`
  if (address.username + address.password !== '')
    return `the address of ${name} contains credentials`
  return undefined
}
