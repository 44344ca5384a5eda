import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../architecture/pack.ts'

/** The last stage of the image, and the commands of the stages before it. */
export interface Recipe {
  readonly from: string
  readonly copied: readonly string[]
  /** Commands that change the last stage. */
  readonly run: readonly string[]
  readonly user: string
  readonly env: Readonly<Record<string, string>>
  readonly labels: readonly string[]
  readonly entrypoint: readonly string[]
  readonly built: readonly string[]
}

/** Reads the Containerfile. */
export function readRecipe(): Recipe {
  return recipeOf(readFileSync(join(ROOT, 'infra/image/Containerfile'), 'utf8'))
}

/** Returns the recipe of the text of a Containerfile. */
export function recipeOf(text: string): Recipe {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  const stages = lines.reduce<readonly (readonly string[])[]>(
    (found, line) =>
      line.startsWith('FROM ')
        ? [...found, [line]]
        : [...found.slice(0, -1), [...(found.at(-1) ?? []), line]],
    [],
  )
  const last = stages.at(-1) ?? []
  const of = (name: string, from: readonly string[] = last): readonly string[] =>
    from.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  return {
    from: of('FROM').join(),
    copied: of('COPY'),
    run: of('RUN'),
    user: of('USER').join(),
    env: Object.fromEntries(
      [
        ...of('ENV')
          .join(' ')
          .matchAll(/(\w+)=(\S+)/g),
      ].map(([, a, b]) => [a, b]),
    ),
    labels: [
      ...of('LABEL')
        .join(' ')
        .matchAll(/([\w.]+)=/g),
    ].map(([, name = '']) => name),
    entrypoint: JSON.parse(of('ENTRYPOINT').join()) as readonly string[],
    built: stages.slice(0, -1).flatMap((stage) => of('RUN', stage)),
  }
}
