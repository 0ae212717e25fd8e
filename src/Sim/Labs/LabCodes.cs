namespace Sim.Labs;

/// <summary>Codes of findings about a Markdown lab.</summary>
public static class LabCodes
{
    /// <summary>Shell text that no shell could read.</summary>
    public const string Shell = "MS0801";

    /// <summary>A line, or a part of one, that is not carried out.</summary>
    public const string NotCarriedOut = "MS0802";

    /// <summary>A context that nothing made and nobody declared.</summary>
    public const string Context = "MS0803";

    /// <summary>A variable that nothing has set.</summary>
    public const string Variable = "MS0804";

    /// <summary>Something that was assumed so that the lab can go on.</summary>
    public const string Assumed = "MS0805";

    /// <summary>The lab cannot be read, or has nothing to carry out.</summary>
    public const string Lab = "MS0806";

    /// <summary>A world says something that a world cannot say.</summary>
    public const string World = "MS0807";

    /// <summary>A pattern of file names that the shell leaves as it stands.</summary>
    public const string Pattern = "MS0808";
}
