/** Logical properties throughout: right to left comes by itself. */
const css = `:host{display:block;color:var(--_text);
--_accent:var(--oss-upload-accent,light-dark(#1f5fd6,#7aa7ff));
--_good:var(--oss-upload-good,light-dark(#14703f,#62ca92));
--_warn:var(--oss-upload-warn,light-dark(#8f5200,#eab15c));
--_bad:var(--oss-upload-bad,light-dark(#b3261e,#ff8e85));
--_surface:var(--oss-upload-surface,light-dark(#fff,#181c23));
--_text:var(--oss-upload-text,light-dark(#1a1f29,#e8ebf0));
--_soft:var(--oss-upload-soft,light-dark(#596273,#9aa4b5));
--_line:var(--oss-upload-line,light-dark(#d3d9e2,#3b4351));
--_track:var(--oss-upload-track,light-dark(#e8ebf0,#2b313c))}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
*{box-sizing:border-box;margin:0;padding:0;border:0;min-inline-size:0}
:host([hidden]),[hidden],.figure:empty:not(.uploading *),:empty:is(.note,.problem){display:none!important}
.root:disabled{opacity:.6}
.spoken{position:absolute;clip-path:inset(50%)}
p,span{unicode-bidi:plaintext}
:focus-visible,.over .dropzone{outline:2px solid var(--_accent);outline-offset:2px}
.dropzone,.section,.problem,.button{background:var(--_surface);border:1px solid var(--_line);border-radius:var(--oss-upload-radius,10px)}
.section,.problem{margin-block-start:16px;overflow:clip;overflow-wrap:anywhere}
.dropzone{padding:28px 12px;text-align:center;border:1.5px dashed var(--_soft)}
.over .dropzone{background:var(--_track)}
.hint{text-wrap:balance}
.title{font-size:1.2em}
.hint,.line,.note{color:var(--_soft)}
.hint,.problem,.head,.row{font-size:.87rem}
.buttons,.line,.row{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.dropzone .buttons{justify-content:center;margin-block-start:16px}
.button{font:inherit;color:inherit;padding:.35em .9em;cursor:pointer}
.title,.name,.heading,.status,.button{font-weight:600}
.button:hover{color:var(--_accent);border-color:var(--_accent)}
.button.choose-files,.unfinished .resume{color:var(--_surface);background:var(--_accent);border-color:var(--_accent)}
.head,.row,.problem{padding:12px 16px}
.head .buttons{margin-block-start:8px}
.name,.heading{font-size:1rem;color:var(--_text)}
.list{max-block-size:var(--oss-upload-list-height,30rem);overflow-y:auto}
.row{border-block-start:1px solid var(--_line)}
[hidden]+.list .row:first-child{border:0}
.texts{flex:1 1 16rem}
.row .buttons{min-inline-size:10.5rem;justify-content:end;margin-inline-start:auto}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.line{gap:0 12px;font-variant-numeric:tabular-nums}
.status{color:var(--_text)}
.figure:nth-child(2){min-inline-size:4ch}
.figure:nth-child(3){min-inline-size:17ch}
.figure:nth-child(4){min-inline-size:10ch}
.bar{block-size:5px;margin-block-start:8px;overflow:hidden;background:var(--_track);border-radius:3px}
.fill{block-size:100%;background:var(--_accent);transform:scaleX(var(--share,0));transform-origin:left}
.bar:dir(rtl) .fill{transform-origin:right}
.note{margin-block-start:8px}
.section:dir(rtl) p,.problem:dir(rtl) p{text-align:right}
.done .status{color:var(--_good)}
.done .fill{background:var(--_good)}
.paused .status,.waiting .status{color:var(--_warn)}
.failed .status,.failed .note,.unfinished .note,.problem{color:var(--_bad)}
.row:is(.paused,.waiting,.failed,.unfinished) .fill{background:var(--_soft)}
@media (pointer:coarse){.button{padding-block:.6em}}
@media (prefers-reduced-motion:no-preference){.fill{transition:transform .12s linear}}
@media (forced-colors:active){.root:disabled,.root:disabled *{opacity:1;color:GrayText!important}.bar{outline:1px solid}.fill{background:Highlight!important}}`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements, made by script: that is no inline style to a Content-Security-Policy. */
export function adoptStyle(root: ShadowRoot): void {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
}
