// A whole list, page after page.
import { isExpired } from './api-failure.ts'
import type { KubernetesObject, ObjectPage } from './kubernetes-api.ts'

type AskPage = (options: { readonly limit: number; readonly continue?: string }) => Promise<ObjectPage>

/** Objects. */
const PAGE = 500

/** A list that takes longer than etcd keeps old revisions (5 minutes) is begun anew so often. */
const MOST_BEGINNINGS = 3

export async function listPages(askPage: AskPage): Promise<readonly KubernetesObject[]> {
  for (let beginnings = 1; ; beginnings++) {
    try {
      const items: KubernetesObject[] = []
      await eachPage(askPage, (page) => items.push(...page.items))
      return items
    } catch (cause) {
      if (!isExpired(cause) || beginnings >= MOST_BEGINNINGS) throw cause
    }
  }
}

/** The version of the list, from which a watch goes on. */
export async function eachPage(askPage: AskPage, onPage: (page: ObjectPage) => void): Promise<string> {
  let page = await askPage({ limit: PAGE })
  const { resourceVersion } = page
  onPage(page)
  while (page.continue !== undefined) {
    page = await askPage({ limit: PAGE, continue: page.continue })
    onPage(page)
  }
  return resourceVersion
}
