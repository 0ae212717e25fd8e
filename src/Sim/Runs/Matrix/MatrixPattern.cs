namespace Sim.Runs.Matrix;

/// <summary>Patterns of callers and targets: <c>*</c> stands for any text.</summary>
internal static class MatrixPattern
{
    /// <summary>Whether a text fits a pattern.</summary>
    public static bool Fits(string pattern, string text)
    {
        string[] parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return pattern == text;
        }

        if (!text.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        int at = parts[0].Length;
        for (int i = 1; i < parts.Length - 1; i++)
        {
            int found = text.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + parts[i].Length;
        }

        return text.Length - at >= parts[^1].Length && text.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    /// <summary>Whether a caller fits <c>workload</c>, <c>cluster/workload</c> or
    /// <c>cluster/namespace/workload</c>.</summary>
    public static bool Fits(string pattern, MatrixCaller caller)
    {
        string[] p = pattern.Split('/');
        return p.Length switch
        {
            1 => Fits(p[0], caller.Workload),
            2 => Fits(p[0], caller.Cluster) && Fits(p[1], caller.Workload),
            3 => Fits(p[0], caller.Cluster) && Fits(p[1], caller.Namespace) && Fits(p[2], caller.Workload),
            _ => false,
        };
    }

    /// <summary>Whether a target fits: as written, as a host, as <c>name.namespace</c> or <c>name</c>, with or without
    /// port.</summary>
    public static bool Fits(string pattern, MatrixTarget target)
    {
        string service = Workloads.ServiceOf(target.Host);
        string port = ":" + target.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (string name in (string[])[target.Host, service, service.Split('.')[0]])
        {
            if (Fits(pattern, name) || Fits(pattern, name + port))
            {
                return true;
            }
        }

        return Fits(pattern, target.Text);
    }
}
