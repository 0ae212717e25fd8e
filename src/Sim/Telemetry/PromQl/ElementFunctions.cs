namespace Sim.Telemetry.PromQl;

/// <summary>Functions of one number.</summary>
internal static class ElementFunctions
{
    private const double Ln2 = 0.693147180559945309417232121458;
    private const double Ln10 = 2.30258509299404568401799145468;

    /// <summary>The value of a function at a number.</summary>
    public static double Apply(string name, double v) => name switch
    {
        "abs" => Math.Abs(v),
        "ceil" => Math.Ceiling(v),
        "floor" => Math.Floor(v),
        "sqrt" => Math.Sqrt(v),
        "exp" => GoMath.Exp(v),
        "ln" => GoMath.Log(v),
        "log2" => Logarithm(v, 2, Ln2),
        "log10" => Logarithm(v, 10, Ln10),
        "sgn" => v < 0 ? -1 : v > 0 ? 1 : v,
        "deg" => v * 180 / Math.PI,
        "rad" => v * Math.PI / 180,
        "sin" => Math.Sin(v),
        "cos" => Math.Cos(v),
        "tan" => Math.Tan(v),
        "asin" => Math.Asin(v),
        "acos" => Math.Acos(v),
        "atan" => Math.Atan(v),
        "sinh" => Math.Sinh(v),
        "cosh" => Math.Cosh(v),
        "tanh" => Math.Tanh(v),
        "asinh" => Math.Asinh(v),
        "acosh" => Math.Acosh(v),
        "atanh" => Math.Atanh(v),
        _ => throw new InvalidOperationException("no function of one number: " + name),
    };

    /// <summary>A logarithm that is exact at powers of its base.</summary>
    private static double Logarithm(double v, int number, double ln)
    {
        double value = GoMath.Log(v) / ln;
        double whole = Math.Round(value);
        return double.IsFinite(value) && Math.Abs(value - whole) < 1e-9 && GoMath.Pow(number, whole) == v
            ? whole : value;
    }
}
