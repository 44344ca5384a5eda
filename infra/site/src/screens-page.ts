const PICTURE = /^(?<view>.+)-(?<size>wide|narrow)-(?<colours>light|dark)\.png$/
const WIDTHS: Readonly<Record<string, number>> = { wide: 1_440, narrow: 390 }

/**
 * The page of the console in pictures, as the browser suite made them: each view in two sizes and two themes.
 * It names the command that makes them, if there is none.
 */
export function screensPage(pictures: readonly string[]): string {
  const views = new Map<string, string[]>()
  for (const name of pictures.toSorted()) {
    const { view, size = '', colours = '' } = PICTURE.exec(name)?.groups ?? {}
    if (view === undefined) continue
    const text = `![${view}, ${WIDTHS[size]} px, ${colours}](screens/${name})`
    views.set(view, [...(views.get(view) ?? []), text])
  }
  if (views.size === 0)
    return `${TITLE}\n\nRun \`npm run docs -- --screens\` to make the pictures.\n`
  const sections = [...views].map(([view, texts]) => `## ${view}\n\n${texts.join('\n\n')}`)
  return `${[TITLE, ...sections].join('\n\n')}\n`
}

const TITLE = '# The console in pictures'
