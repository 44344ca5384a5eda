import type { CheckFinding } from '../check.ts'

const ASK_WITHIN_MS = 3_000

/** Compares the builds of services. One that does not answer is left to the check of its readiness. */
export async function buildsFinding(
  services: Readonly<Record<string, string>>,
): Promise<CheckFinding> {
  const asked = Object.entries(services).map(async ([service, url]) => ({
    service,
    build: await buildAt(url),
  }))
  const known = (await Promise.all(asked)).filter(({ build }) => build !== undefined)
  const builds = new Set(known.map(({ build }) => build))
  if (builds.size < 2) return { outcome: 'ok', detail: [...builds].join() || 'no service answers' }
  return {
    outcome: 'warning',
    detail: known.map(({ service, build }) => `${service} is ${build}`).join(', '),
    means: 'two builds run beside each other, which is supported for the time of an upgrade',
    fix: 'finish the upgrade, or roll it back, in the order of docs/upgrade.md',
  }
}

/** The version and the commit that a service reports. */
async function buildAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('/v1/version', url), {
      redirect: 'error',
      signal: AbortSignal.timeout(ASK_WITHIN_MS),
    })
    const { version, commit } = Object(await answer.json()) as Readonly<Record<string, unknown>>
    return typeof version === 'string' ? `${version} (${String(commit)})` : undefined
  } catch {
    return undefined
  }
}
