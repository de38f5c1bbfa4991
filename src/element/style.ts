/** Logical properties throughout: right to left comes by itself. */
const css = `:host{display:block;min-inline-size:min(100%,15rem);
--oss-upload-accent:light-dark(#1f5fd6,#7aa7ff);
--oss-upload-on-accent:light-dark(#fff,#0d1526);
--oss-upload-surface:light-dark(#fff,#181c23);
--oss-upload-text:light-dark(#1a1f29,#e8ebf0);
--oss-upload-soft:light-dark(#596273,#9aa4b5);
--oss-upload-line:light-dark(#d3d9e2,#3b4351);
--oss-upload-track:light-dark(#e8ebf0,#2b313c);
--oss-upload-good:light-dark(#14703f,#62ca92);
--oss-upload-warn:light-dark(#8f5200,#eab15c);
--oss-upload-bad:light-dark(#b3261e,#ff8e85);
--oss-upload-radius:10px;
--oss-upload-list-height:30rem}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
*{box-sizing:border-box;margin:0;padding:0;border:0}
:host([hidden]),[hidden],:empty:is(.figure,.note,.problem){display:none!important}
.root{min-inline-size:0;color:var(--oss-upload-text);font-variant-numeric:tabular-nums;container-type:inline-size}
.root:disabled{opacity:.6}
.spoken{position:absolute;clip-path:inset(50%)}
:focus-visible{outline:2px solid var(--oss-upload-accent);outline-offset:2px}
.dropzone,.section,.problem,.button{background:var(--oss-upload-surface);border:1px solid var(--oss-upload-line);border-radius:var(--oss-upload-radius)}
.section,.problem{margin-block-start:16px;overflow:clip;overflow-wrap:anywhere}
.dropzone{padding:28px 20px;text-align:center;border:1.5px dashed var(--oss-upload-soft)}
.over .dropzone{background:var(--oss-upload-track);border-color:var(--oss-upload-accent)}
.title{font-size:1.2em;font-weight:600}
.hint,.line,.note,.discard,.cancel,.remove{color:var(--oss-upload-soft)}
.hint,.problem,.head,.line,.note,.actions{font-size:.87rem}
.buttons,.actions,.line{display:flex;flex-wrap:wrap;gap:8px}
.dropzone .buttons{justify-content:center;margin-block-start:16px}
.button{font:inherit;font-weight:550;color:inherit;padding:.3em .9em;cursor:pointer}
.button:hover{color:var(--oss-upload-accent);border-color:var(--oss-upload-accent)}
.button.choose-files,.unfinished .resume{color:var(--oss-upload-on-accent);background:var(--oss-upload-accent);border-color:var(--oss-upload-accent)}
.head,.problem{padding:12px 16px}
.head .buttons{margin-block-start:10px}
.heading{font-size:1rem;font-weight:600;color:var(--oss-upload-text)}
.list{max-block-size:var(--oss-upload-list-height);overflow-y:auto}
.row{display:grid;grid:"name actions" "line actions" "bar bar" "note note"/minmax(0,1fr) auto;column-gap:12px;align-content:start;min-block-size:76px;padding:10px 16px 12px;border-block-start:1px solid var(--oss-upload-line);content-visibility:auto;contain-intrinsic-size:auto 76px}
[hidden]+.list .row:first-child{border:0}
.name{grid-area:name;overflow:hidden;font-weight:600;text-overflow:ellipsis;white-space:nowrap}
.line{grid-area:line;gap:0 12px;align-items:baseline}
.status{font-weight:550;color:var(--oss-upload-text)}
.figure:nth-child(2){min-inline-size:4ch}
.figure:nth-child(3){min-inline-size:20ch}
.figure:nth-child(4){min-inline-size:11ch}
.bar{grid-area:bar;block-size:6px;margin-block-start:8px;overflow:hidden;background:var(--oss-upload-track);border-radius:3px}
.fill{block-size:100%;background:var(--oss-upload-accent);transform:scaleX(var(--share,0));transform-origin:left}
.bar:dir(rtl) .fill{transform-origin:right}
.note{grid-area:note;margin-block-start:6px}
.actions{grid-area:actions;align-self:center}
.done .status{color:var(--oss-upload-good)}
.done .fill{background:var(--oss-upload-good)}
.paused .status,.waiting .status{color:var(--oss-upload-warn)}
.failed .status,.failed .note,.unfinished .note,.problem{color:var(--oss-upload-bad)}
.row:is(.paused,.waiting,.failed,.unfinished) .fill{background:var(--oss-upload-soft)}
@container (width<560px){.row{grid:"name" "line" "bar" "note" "actions"/minmax(0,1fr);min-block-size:128px;contain-intrinsic-size:auto 128px}.actions{margin-block-start:10px}}
@media (pointer:coarse){.button{padding-block:.6em}}
@media (prefers-reduced-motion:no-preference){.fill{transition:transform .12s linear}}
@media (forced-colors:active){.bar{border:1px solid}.fill{forced-color-adjust:none;background:Highlight!important}}`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements, made by script: that is no inline style to a Content-Security-Policy. */
export function adoptStyle(root: ShadowRoot): void {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
}
