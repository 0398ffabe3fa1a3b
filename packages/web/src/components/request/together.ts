import { canonicalJson, type RequestItem } from '@farhand/shared'
import { budgetOf } from '../../format/budget.ts'
import { mcpTool } from '../../format/mcp.ts'
import { risksOf } from '../../format/risks.ts'
import { requestTexts } from '../../texts/requests.ts'

const { together: texts } = requestTexts

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

/** What they are about, as a heading. */
export function togetherTitle(items: readonly RequestItem[]): string {
  const tool = items[0]?.request.tool ?? ''
  const known = mcpTool(tool)
  return texts.title(items.length, known === undefined ? tool : texts.from(known.tool, known.server))
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
