using Sim.Reports.Svg;

namespace Sim.Reports.Html;

/// <summary>The style sheet of <c>report.html</c>.</summary>
internal static class PageStyle
{
    /// <summary>Everything between the style tags.</summary>
    public const string Text =
        ":root{color-scheme:light dark;" + ReportStyle.Light + "}" +
        "@media screen and (prefers-color-scheme:dark){:root{" + ReportStyle.Dark + "}}" +
        ReportStyle.Chart + Page + Checks + Narrow + Print;

    private const string Page = """

        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--page);color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
        overflow-wrap:anywhere}
        main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
        header{padding-top:28px}
        .brand{font-size:13px;color:var(--faint);letter-spacing:.02em;margin:0 0 6px}
        h1{font-size:27px;line-height:1.2;letter-spacing:-.012em;margin:0 0 6px;font-weight:680}
        h2{font-size:19px;line-height:1.3;letter-spacing:-.006em;margin:44px 0 4px;font-weight:660;
        scroll-margin-top:12px}
        h3{font-size:14.5px;line-height:1.35;margin:0;font-weight:620}
        p{margin:0 0 10px}.lede,.soft{color:var(--soft)}.lede{max-width:72ch}
        section>p.soft{max-width:78ch;font-size:14px}
        code,.mono{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        a{color:inherit;text-decoration-color:var(--faint);text-underline-offset:3px}
        :focus-visible{outline:2.5px solid var(--c1);outline-offset:2px;border-radius:3px}
        .skip{position:absolute;left:-999px}
        .skip:focus{left:12px;top:8px;background:var(--card);padding:8px 12px;z-index:2}
        .verdict{display:flex;flex-wrap:wrap;align-items:baseline;gap:6px 14px;margin:18px 0 14px;padding:14px 18px;
        border-radius:10px;border-left:6px solid}
        .verdict strong{font-size:21px;letter-spacing:.02em}
        .verdict.held{background:var(--good-wash);border-color:var(--ok)}
        .verdict.failed,.verdict.interrupted{background:var(--bad-wash);border-color:var(--bad)}
        .held>strong,.good{color:var(--good-ink)}.failed>strong,.interrupted>strong,.ill{color:var(--bad-ink)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:0 0 14px}
        .tiles div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:11px 14px}
        .tiles dt{font-size:12.5px;color:var(--soft)}
        .tiles dd{margin:1px 0 0;font-size:21px;line-height:1.25;font-weight:640;font-variant-numeric:tabular-nums;
        letter-spacing:-.01em}
        .tiles dd small{display:block;font-size:12.5px;font-weight:400;color:var(--soft);letter-spacing:0}
        nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0;padding:0;font-size:13.5px}
        .fig{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:15px 18px 10px;
        margin:14px 0 0;container-type:inline-size;break-inside:avoid}
        .fig .say{font-size:13px;color:var(--soft);margin:2px 0 9px}
        .plot{overflow:hidden;overflow:clip}.plot.v{padding:0 14px 0 56px}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0 0 12px;padding:0;font-size:12.5px;
        color:var(--soft)}
        .legend li{display:flex;align-items:center;gap:6px}.legend svg{flex:none;display:block}
        details{margin-top:6px;font-size:13px}
        summary{cursor:pointer;color:var(--soft);padding:4px 2px;width:fit-content}
        summary:hover{color:var(--ink)}
        .graph .edge{fill:none;stroke:var(--ok)}.graph .away{stroke:var(--c2);stroke-dasharray:9 5}
        .graph .abroad{stroke:var(--deny);stroke-dasharray:2 4}.graph .lost{stroke:var(--bad);stroke-dasharray:5 3}
        .graph .box{fill:var(--card);stroke:var(--faint)}.graph .idle{opacity:.38}
        .graph .back{fill:var(--card)}.graph .rate{font-size:11px;fill:var(--ink)}.graph .mute{pointer-events:none}
        .scroll.wide{max-height:none;padding:6px}
        .scroll{overflow:auto;max-height:420px;margin:6px 0 8px;border:1px solid var(--rule);border-radius:8px}
        details.csv p{margin:4px 0}details.csv a{overflow-wrap:anywhere}
        textarea{display:block;width:100%;resize:vertical;background:var(--page);color:var(--ink);
        border:1px solid var(--rule);border-radius:8px;padding:8px 10px;margin:4px 0 8px;
        font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
        th,td{text-align:left;vertical-align:top;padding:5px 12px;border-bottom:1px solid var(--rule);
        overflow-wrap:normal}
        td.num,th.num{text-align:right;white-space:nowrap}
        thead th{position:sticky;top:0;background:var(--card);font-weight:600;white-space:nowrap}
        tbody tr:last-child td{border-bottom:0}
        table.grid th[scope=row]{font-weight:600;white-space:nowrap}table.grid small{color:var(--soft);font-weight:400}
        """;

    private const string Checks = """

        ul.checks,ul.finds{list-style:none;margin:12px 0 0;padding:0;border:1px solid var(--rule);border-radius:10px;
        background:var(--card);overflow:hidden}
        .checks>li{display:grid;grid-template-columns:92px minmax(0,1fr) minmax(0,250px);gap:2px 16px;
        padding:11px 16px;border-top:1px solid var(--rule)}
        .checks>li:first-child,.finds>li:first-child{border-top:0}
        .checks>li.no{background:var(--bad-wash)}
        .state{font-weight:650;font-size:13.5px;white-space:nowrap}
        .what small{display:block;color:var(--soft);font-size:12.5px}
        .figures{font-variant-numeric:tabular-nums;font-size:14px}
        .figures b{font-weight:650}.figures span{color:var(--soft)}
        .budget{grid-column:2/-1;margin-top:4px;font-size:12.5px;color:var(--soft)}
        .meter{height:9px;background:var(--none);border-radius:5px;overflow:hidden;max-width:520px;margin:3px 0}
        .meter i{display:block;height:100%;background:var(--ok)}.meter i.over{background:var(--bad)}
        .finds>li{padding:10px 16px;border-top:1px solid var(--rule)}
        .finds .head{font-size:13px;color:var(--soft)}
        .sev{font-weight:650}.sev.error{color:var(--bad-ink)}.sev.warning{color:var(--warn-ink)}
        .sev.info{color:var(--soft)}
        .hint{font-size:13.5px;color:var(--soft)}
        dl.stamp{display:grid;grid-template-columns:minmax(120px,190px) minmax(0,1fr);gap:3px 16px;margin:12px 0;
        font-size:14px}
        dl.stamp dt{color:var(--soft)}dl.stamp dd{margin:0}
        pre{margin:8px 0;padding:11px 14px;background:var(--card);border:1px solid var(--rule);border-radius:8px;
        white-space:pre-wrap}
        footer{padding:30px 20px 40px;font-size:13px;color:var(--faint)}
        """;

    private const string Narrow = """

        @container (max-width:560px){.t1,.w{display:none}}
        @container (min-width:560.02px){.n{display:none}}
        @media (max-width:640px){
        main,header,footer{padding-left:12px;padding-right:12px}h1{font-size:23px}
        .fig{padding:13px 12px 8px}.plot.v{padding:0 8px 0 50px}
        .checks>li{grid-template-columns:minmax(0,1fr)}.budget{grid-column:1}
        dl.stamp{grid-template-columns:minmax(0,1fr)}dl.stamp dd{margin-bottom:6px}
        .tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles dd{font-size:18px}}
        """;

    private const string Print = """

        @media print{@page{size:A4;margin:14mm 12mm}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
        body{font-size:11.5px;background:#fff}main,header,footer{max-width:none;padding:0}
        nav,.skip,details:not([open]),details.csv,details>summary{display:none}
        .scroll.wide svg{max-width:100%;height:auto}
        .scroll{overflow:visible;max-height:none}.scroll table{font-size:9px}h2{margin-top:22px;break-after:avoid}
        .fig,.checks>li,.finds>li,.tiles{break-inside:avoid}.tiles dd{font-size:15px}}
        """;
}
