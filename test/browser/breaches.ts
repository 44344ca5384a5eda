import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/**
 * Returns the complaints of axe. It evaluates code rather than adding a script to the page, because the tests
 * cover the content policy.
 */
export async function breaches(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeAnswer>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}
