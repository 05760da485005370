/// How the page looks, and its one script.
enum PageStyle {
  /// Rules on top of the palette's custom properties.
  static let rules = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
    header,main{max-width:1240px;margin:0 auto;padding:0 20px}
    header{padding-top:28px}
    h1{font-size:28px;line-height:1.2;margin:0 0 8px}
    h2{font-size:22px;line-height:1.25;margin:44px 0 4px;padding-top:14px;border-top:2px solid var(--grid)}
    h3{font-size:16px;margin:22px 0 2px}
    p{margin:0 0 8px;max-width:78ch}
    header p,figcaption p{color:var(--muted)}
    header ul{list-style:none;color:var(--muted);margin:0 0 8px;padding:0}
    nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:12px 0 20px}
    a{color:inherit;text-decoration-color:var(--series-0);text-underline-offset:3px}
    a:focus-visible,summary:focus-visible,button:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--series-0)}
    figure{margin:0}
    .panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:18px 26px;\
    align-items:start;margin:10px 0}
    @media (min-width:760px){.pairs{grid-template-columns:repeat(2,minmax(0,460px))}}
    .row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:0 36px}
    .row h2{grid-column:1/-1}
    .row figure{display:grid;grid-row:span 3;grid-template-rows:subgrid;\
    grid-template-columns:minmax(0,1fr);min-width:0}
    .row .panels{grid-template-columns:minmax(0,1fr)}
    .panel svg{display:block;width:100%;height:auto;max-width:460px}
    .absent{border:1px dashed var(--grid);border-radius:6px;padding:12px 16px;color:var(--muted);font-size:14px}
    .absent p,.table .name{margin:0}
    .name{font-weight:600;font-size:14px;color:var(--ink)}
    .notes{color:var(--muted);font-size:14px;margin:0 0 8px;padding-left:20px}
    .summaries{display:flex;flex-wrap:wrap;gap:12px 48px}
    .summaries table{font-size:14px}
    details{margin:4px 0 10px}
    summary{cursor:pointer;color:var(--muted);font-size:14px;width:fit-content}
    .table{overflow-x:auto;max-width:100%;margin:10px 0 14px;position:relative}
    table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;overflow-wrap:normal}
    caption{text-align:left;font-weight:600;padding-bottom:4px}
    th,td{padding:3px 14px 3px 0;text-align:left;border-bottom:1px solid var(--grid);vertical-align:top;\
    unicode-bidi:isolate;max-width:34em}
    thead th{color:var(--muted);font-weight:500}
    tbody th{font-weight:600}
    .n{text-align:right}
    pre{max-height:260px;overflow:auto;font-size:12px;border:1px solid var(--grid);border-radius:6px;padding:8px;margin:4px 0}
    button{font:inherit;font-size:13px;color:inherit;background:var(--ground);border:1px solid var(--grid);\
    border-radius:5px;padding:1px 10px;margin:8px 0 0;cursor:pointer}
    @media (max-width:480px){header,main{padding:0 14px}header{padding-top:18px}h1{font-size:23px}h2{font-size:20px}\
    .summaries table{font-size:12.5px}.summaries th,.summaries td{padding-right:7px}}
    @media print{body{font-size:11pt}nav,button,details{display:none}.panel,figcaption,tr{break-inside:avoid}\
    h2,h3,figcaption{break-after:avoid}.panels{grid-template-columns:repeat(3,1fr);gap:10px}\
    .pairs{grid-template-columns:repeat(2,minmax(0,300px))}h2{margin-top:24px}.row{grid-template-columns:repeat(3,1fr);gap:0 10px}header,main{max-width:none;padding:0}}
    """

  /// A button at each table of numbers that copies it with tabs, as spreadsheets take it.
  static let script = """
    for (const box of document.querySelectorAll('details .table')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'Copy';
      button.addEventListener('click', async () => {
        const table = box.querySelector('table'), source = table || box.querySelector('pre');
        const text = table
          ? [...table.rows].map(row => [...row.cells].map(cell => cell.textContent).join('\\t')).join('\\n') + '\\n'
          : source.textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = 'Copied';
        } catch {
          getSelection().selectAllChildren(source);
          button.textContent = 'Selected: press Ctrl-C';
        }
        setTimeout(() => { button.textContent = 'Copy'; }, 2000);
      });
      box.before(button);
    }
    """
}
