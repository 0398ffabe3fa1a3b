import { canonicalJson, type RequestItem } from '@farhand/shared'
import { budgetOf } from '../../format/budget.ts'
import { risksOf } from '../../format/risks.ts'

/**
 * The open requests that may be allowed once in one go with this one, itself among them, the oldest first: of the same
 * tool, for which Claude Code suggests the same, and none that a person should look at twice. Fewer than two: none.
 *
 * @param directory where Claude works
 */
export function alikeOf(
  shown: RequestItem,
  open: readonly RequestItem[],
  directory: string | undefined,
): readonly RequestItem[] {
  const alike = open.filter((item) => isPlain(item, directory) && kindOf(item) === kindOf(shown))
  return alike.length > 1 && alike.some(({ id }) => id === shown.id) ? alike : []
}

/** It asks for one call, and nothing warns of it. */
function isPlain({ request }: RequestItem, directory: string | undefined): boolean {
  return (
    request.type === 'permission' &&
    budgetOf(request) === undefined &&
    request.defaultToNo !== true &&
    risksOf(request, directory).length === 0
  )
}

function kindOf({ request }: RequestItem): string {
  return canonicalJson({ tool: request.tool, suggestions: request.suggestions ?? [] })
}
