namespace Sim.Reports.Svg;

/// <summary>Colours and patterns of every chart, light and dark.</summary>
/// <remarks>
/// Categories are taken from Okabe and Ito's palette, which stays apart under the common colour vision deficiencies;
/// "failed" and "pending" are also hatched and "refused" also dotted, so no meaning rests on a colour alone. On dark
/// ground the same hues are lighter. Paper is always light.
/// </remarks>
public static class ReportStyle
{
    /// <summary>Hatch and dots, defined once per document.</summary>
    public const string Patterns =
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>" +
        "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" " +
        "patternTransform=\"rotate(45)\"><rect class=\"hatch\" width=\"2\" height=\"6\"/></pattern>" +
        "<pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">" +
        "<circle class=\"hatch\" cx=\"2\" cy=\"2\" r=\"1.1\"/></pattern></defs></svg>";

    /// <summary>Colours on light ground.</summary>
    public const string Light = """
        --page:#fcfcfb;--card:#fff;--ink:#16191d;--soft:#565d66;--faint:#6d747d;--rule:#e3e5e8;--grid:#eceef0;
        --c1:#0072b2;--c2:#e69f00;--c3:#009e73;--c4:#b8578f;--c5:#56b4e9;--c6:#7d7a2c;
        --ok:#1a8a97;--bad:#cf4417;--deny:#6b52ae;--none:#e4e6e9;--hatch:rgba(255,255,255,.42);
        --band:#b07d00;--bandfill:rgba(214,158,20,.13);--bandhead:rgba(214,158,20,.30);--bandink:#5c4200;
        --good-ink:#0f6670;--bad-ink:#b0330c;--good-wash:#e6f3f4;--bad-wash:#fcebe5;--warn-ink:#7a5600;
        """;

    /// <summary>Colours on dark ground.</summary>
    public const string Dark = """
        --page:#101316;--card:#171b1f;--ink:#eceff2;--soft:#a9b1ba;--faint:#8d959e;--rule:#2b3137;--grid:#242a30;
        --c1:#4ba3e3;--c2:#f0b640;--c3:#34c59b;--c4:#e08fc0;--c5:#9bd5f7;--c6:#c2be62;
        --ok:#2fa9b7;--bad:#ff7a50;--deny:#a993ee;--none:#2c3238;--hatch:rgba(0,0,0,.36);
        --band:#e0ac3c;--bandfill:rgba(224,172,60,.13);--bandhead:rgba(224,172,60,.30);--bandink:#ffe2a3;
        --good-ink:#7fd6e0;--bad-ink:#ff9a7a;--good-wash:#12292c;--bad-wash:#341b13;--warn-ink:#f0c46c;
        """;

    /// <summary>Rules of every chart.</summary>
    public const string Chart = """
        .chart text,text{font:12px/1 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
        fill:var(--soft);font-variant-numeric:tabular-nums}
        .chart{display:block;overflow:visible}
        .grid{stroke:var(--grid)}.base,.tickmark{stroke:var(--faint);stroke-opacity:.55}
        text.unit{font-size:11px;fill:var(--faint)}text.lane{fill:var(--ink)}
        text.value{fill:var(--ink);font-weight:600}
        .bandfill{fill:var(--bandfill)}.bandhead{fill:var(--bandhead)}
        text.bandname{font-size:11px;fill:var(--bandink)}
        .a1{fill:var(--c1)}.a2{fill:var(--c2)}.a3{fill:var(--c3)}.a4{fill:var(--c4)}.a5{fill:var(--c5)}
        .a6{fill:var(--c6)}.aok{fill:var(--ok)}.abad{fill:var(--bad)}.adeny{fill:var(--deny)}
        .anone{fill:var(--none)}.afire{fill:var(--bad)}.await{fill:var(--c2)}.hbad,.hwait{fill:url(#hatch)}
        .hdeny{fill:url(#dots)}.hatch{fill:var(--hatch)}
        .line{fill:none;stroke-width:1.75;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .l1{stroke:var(--c1)}.l2{stroke:var(--c3);stroke-dasharray:7 3}.l3{stroke:var(--c4);stroke-dasharray:3 2}
        .l4{stroke:var(--faint);stroke-dasharray:1 3;stroke-linecap:round}
        .dot{stroke:var(--card);stroke-width:1.5}
        .hit{fill:var(--ink);fill-opacity:0}.hit:hover{fill-opacity:.08}.cell:hover{opacity:.72}
        """;

    /// <summary>Style sheet of a chart that is a file of its own.</summary>
    public const string Standalone =
        "svg{" + Light + "}@media (prefers-color-scheme:dark){svg{" + Dark + "}}" + Chart +
        ".n{display:none}.page{fill:var(--page)}text.title{font-size:17px;font-weight:650;fill:var(--ink)}" +
        "text.sub{font-size:12.5px}";
}
