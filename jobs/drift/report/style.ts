/** Style of the page: follows the reader's light or dark, and a phone's width. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --card: #f6f8fa;
  --clean: #1a7f37; --drift: #9a6700; --error: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d;
  --card: #151b23; --clean: #3fb950; --drift: #d29922; --error: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); font-size: .875rem; }
code, pre { font: .8125rem/1.5 ui-monospace, monospace; }
pre { margin: .25rem 0; padding: .5rem; background: var(--ground); border: 1px solid var(--line); border-radius: 6px;
  white-space: pre-wrap; }
.stacks { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.stacks li, details, .error { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line);
  border-radius: 6px; padding: .5rem .75rem; margin: .5rem 0; }
.stacks li { margin: 0; } .stacks strong, .stacks span { display: block; } a { color: inherit; }
.clean { border-left-color: var(--clean) !important; } .drift { border-left-color: var(--drift) !important; }
.error { border-left-color: var(--error) !important; }
.state-clean { color: var(--clean); } .state-drift { color: var(--drift); } .state-error { color: var(--error); }
summary { cursor: pointer; } summary .age { color: var(--soft); font-size: .875rem; float: right; }
.kind { display: inline-block; min-width: 6.5rem; color: var(--drift); font-weight: 600; } .error .kind { color: var(--error); }
dl { margin: .5rem 0 0; } dt { color: var(--soft); font-size: .875rem; } dd { margin: 0 0 .5rem; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; } th:first-child { width: 28%; } th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0;
  border-bottom: 1px solid var(--line); } th { color: var(--soft); font-size: .875rem; font-weight: 400; }
@media (max-width: 40rem) { body { padding: .75rem; } summary .age { float: none; display: block; }
  table, tbody, tr, td { display: block; width: 100%; } thead { display: none; } td { border: 0; padding: 0; }
  tr { border-bottom: 1px solid var(--line); padding: .25rem 0; } td[data-of]::before { content: attr(data-of) " "; color: var(--soft); } }
`;
