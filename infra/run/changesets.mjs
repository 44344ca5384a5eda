import { parse } from 'yaml'

const FORM = /^---\n([\s\S]*?)---\n([\s\S]*)$/
/** Kinds of change, the largest first. */
const KINDS = ['major', 'minor', 'patch']

/** Reads a file of `.changeset`: the kind of change by package, and the text for users. */
export function changesetOf(file, text) {
  const found = FORM.exec(text)
  if (found === null) throw new Error(`${file} does not begin with packages between two lines ---.`)
  return { file, kinds: parse(found[1]) ?? {}, text: found[2].trim() }
}

/** Returns the faults of changesets that would end a release: an unknown package or kind, and a missing text. */
export function changesetFaults(changesets, workspaces) {
  return changesets.flatMap(({ file, kinds, text }) => [
    ...Object.keys(kinds)
      .filter((name) => !workspaces.includes(name))
      .map((name) => `${file} names ${name}, which is no package of this repository.`),
    ...Object.values(kinds)
      .filter((kind) => !KINDS.includes(kind))
      .map((kind) => `${file} has the kind ${kind}. The kinds are ${KINDS.join(', ')}.`),
    ...(text === '' ? [`${file} has no text for users.`] : []),
  ])
}

/**
 * Returns the packages with other exports than in the last version, for which no changeset exists. `released` and
 * `present` have the hash of the stored exports by package.
 */
export function unannounced({ released, present, changesets }) {
  const announced = new Set(changesets.flatMap(({ kinds }) => Object.keys(kinds)))
  return Object.keys({ ...released, ...present })
    .filter((name) => released[name] !== present[name])
    .filter((name) => !announced.has(name))
}

/** Returns the part of CHANGELOG.md for a version: a list of the texts, the largest changes first. */
export function changelogPart({ version, date, changesets }) {
  const bySize = changesets.toSorted((a, b) => sizeOf(a) - sizeOf(b))
  return `## ${version} (${date})\n\n${bySize.map(itemOf).join('\n')}\n`
}

/** Returns CHANGELOG.md with a part before those of earlier versions. */
export function withPart(changelog, part) {
  const at = changelog.search(/^## /m)
  if (at === -1) return `${changelog.trimEnd()}\n\n${part}`
  return `${changelog.slice(0, at)}${part}\n${changelog.slice(at)}`
}

function sizeOf({ kinds }) {
  return Math.min(KINDS.length, ...Object.values(kinds).map((kind) => KINDS.indexOf(kind)))
}

function itemOf({ kinds, text }) {
  const names = Object.keys(kinds).map((name) => name.replace(/^@freshet\//, ''))
  return `- ${names.join(', ')}: ${text.replaceAll(/\n(?=.)/g, '\n  ')}`
}
