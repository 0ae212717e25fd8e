namespace Sim.Runs.Scenario;

/// <summary>Codes of findings about the scenario file.</summary>
public static class ScenarioCodes
{
    /// <summary>A key that the scenario file does not have.</summary>
    public const string UnknownKey = "MS3001";

    /// <summary>A value of the wrong type.</summary>
    public const string WrongType = "MS3002";

    /// <summary>A value that cannot be read or is out of range.</summary>
    public const string BadValue = "MS3003";

    /// <summary>A key that must be there.</summary>
    public const string MissingKey = "MS3004";

    /// <summary>A name that nothing bears.</summary>
    public const string UnknownName = "MS3005";

    /// <summary>A name that is borne twice.</summary>
    public const string DuplicateName = "MS3006";

    /// <summary>A curl line that curl would refuse or that the simulator cannot carry out.</summary>
    public const string Curl = "MS3007";

    /// <summary>An expression outside the expression language.</summary>
    public const string Expression = "MS3008";

    /// <summary>A file or folder that is not there.</summary>
    public const string MissingFile = "MS3009";

    /// <summary>A key that has no meaning together with another.</summary>
    public const string Conflict = "MS3010";

    /// <summary>An override that cannot be applied.</summary>
    public const string Override = "MS3011";

    /// <summary>Something that has no effect in this run.</summary>
    public const string NoEffect = "MS3012";

    /// <summary>A kubectl line that cannot be carried out.</summary>
    public const string Kubectl = "MS3013";

    /// <summary>An extension gave a manifest a meaning that Istio does not give it.</summary>
    public const string ExtensionUsed = "MS3014";

    /// <summary>A step of the timeline that failed when it was carried out.</summary>
    public const string StepFailed = "MS3015";

    /// <summary>An installation that istioctl refuses.</summary>
    public const string Install = "MS3016";

    /// <summary>A signing certificate that istiod cannot use.</summary>
    public const string SigningCertificate = "MS3017";

    /// <summary>Configuration that proxies refuse.</summary>
    public const string Refused = "MS3018";

    /// <summary>A Job whose pods never end.</summary>
    public const string EndlessJob = "MS3019";

    /// <summary>Something that is known and not modelled yet.</summary>
    public const string NotModelled = "MS3090";
}
